//! What ends a run, and what is counted until its end.

use std::fmt::Display;
use std::process::ExitCode;

use imcaxy_shared::ports::PortError;
use imcaxy_testkit::KitError;
use imcaxy_testkit::progress::say;

/// Why nothing more can be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Something is not there.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// A port does not work.
    #[error("a store does not answer: {0}")]
    Store(#[from] PortError),
    /// The pictures did not get ready to be hit.
    #[error("{0}")]
    NotReady(String),
    /// A part of the bench is gone.
    #[error("the task that {0} ended by itself")]
    TaskEnded(&'static str),
}

/// Answers that should not have been given, and those that were not.
#[derive(Debug, Default)]
pub struct Faults {
    count: usize,
    first: Option<String>,
}

impl Faults {
    /// Counts one.
    pub fn add(&mut self, what: impl Display) {
        self.count += 1;
        self.first.get_or_insert_with(|| what.to_string());
    }

    /// Counts those of a part.
    pub fn absorb(&mut self, part: Self) {
        self.count += part.count;
        self.first = self.first.take().or(part.first);
    }

    pub const fn count(&self) -> usize {
        self.count
    }

    /// Says what there are, and answers how the run is to end.
    pub fn told(&self) -> ExitCode {
        let Some(first) = &self.first else { return ExitCode::SUCCESS };
        say(&format!(
            "error: {} requests were not answered as they should be; the first: {first}",
            self.count
        ));
        ExitCode::FAILURE
    }
}
