//! The process, from its start to its end.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use imcaxy_testkit::child::Child;
use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::command;
use imcaxy_testkit::{KitError, Role, port};
use tempfile::TempDir;

use crate::bench::error::BenchError;
use crate::bench::exchange::Target;

/// One that is ready, in a directory of its own.
pub struct Alone {
    child: Child,
    target: Target,
    began: Instant,
    ready_after: Duration,
    folder: TempDir,
}

impl Alone {
    /// Starts it in an empty directory.
    pub async fn start(binary: &Path) -> Result<Self, BenchError> {
        let folder = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
        Self::start_in(folder, binary, &[]).await
    }

    /// Starts it where something is kept already, with more settings, and asks every millisecond whether it is ready.
    pub async fn start_in(folder: TempDir, binary: &Path, more: &[(&str, &str)]) -> Result<Self, BenchError> {
        const PAUSE: Duration = Duration::from_millis(1);
        const PATIENCE: Duration = Duration::from_secs(30);

        let listen = format!("127.0.0.1:{}", port::free()?);
        let settings = [("IMCAXY_LISTEN", listen.as_str()), ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8")];
        let settings: Vec<(String, String)> = settings
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let command = command(binary, Role::Serve, &settings, folder.path());
        let target = Target::of(&format!("http://{listen}"));
        let began = Instant::now();
        let child = Child::start("imcaxy", command, Output::Kept)?;
        while !target.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
            if began.elapsed() > PATIENCE {
                return Err(BenchError::NotReady(format!("imcaxy is not ready:\n{}", child.output())));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Self { child, target, began, ready_after: began.elapsed(), folder })
    }

    /// From its start until it said that it is ready.
    pub const fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// From its start until now.
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Where its catalog is. It stays there when it has ended.
    pub fn catalog(&self) -> PathBuf {
        self.folder.path().join("catalog.db")
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(&mut self) -> Result<(), BenchError> {
        const GRACE: Duration = Duration::from_secs(30);

        match self.child.stop(GRACE).await {
            Some(status) if status.success() => Ok(()),
            _ => Err(BenchError::NotReady(format!("imcaxy did not end well:\n{}", self.child.output()))),
        }
    }
}
