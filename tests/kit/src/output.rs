//! What a child process prints: kept for the message of a failure, echoed with a prefix, or left alone.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{poll, progress};

/// How many lines of a process are kept.
const KEPT_LINES: usize = 4_000;

/// Where the output of a child process goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Kept in memory.
    Kept,
    /// Kept, and printed on stderr with the process's name in front.
    Echoed,
    /// What goes to stdout is kept, what goes to stderr goes where our own does.
    Errors,
    /// Straight to where our own goes.
    Inherited,
}

/// What a process has printed so far, both streams in one.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    lines: Arc<Mutex<VecDeque<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Printed {
    /// Connects both streams of `command`, which must be dropped after it was started.
    pub(crate) fn of(command: &mut Command, output: Output, name: &str) -> io::Result<Self> {
        let prefix = match output {
            Output::Inherited => return Ok(Self::default()),
            Output::Kept | Output::Errors => None,
            Output::Echoed => Some(name.to_owned()),
        };
        let (reader, writer) = io::pipe()?;
        if output != Output::Errors {
            command.stderr(writer.try_clone()?);
        }
        command.stdout(writer);
        let lines = Arc::default();
        let reader = std::thread::spawn({
            let lines = Arc::clone(&lines);
            move || collect(reader, &lines, prefix.as_deref())
        });
        Ok(Self { lines, reader: Some(reader) })
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Waits until the last words of a process that has ended are read; not for ever, since a process of its own that
    /// it left behind may hold the pipe.
    pub(crate) async fn settle(&self) {
        const PATIENCE: Duration = Duration::from_secs(1);

        let Some(reader) = &self.reader else { return };
        let _ = poll::until(PATIENCE, || reader.is_finished().then_some(())).await;
    }
}

fn collect(reader: PipeReader, lines: &Mutex<VecDeque<String>>, prefix: Option<&str>) {
    for line in BufReader::new(reader).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line).into_owned();
        if let Some(prefix) = prefix {
            progress::say(&format!("{prefix} | {line}"));
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}
