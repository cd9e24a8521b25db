//! Looking at what lives.

use crate::jobs::{JobId, Priority, WorkerId};
use crate::time::Timestamp;

/// A job that waits or runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveJob {
    /// Which job.
    pub id: JobId,
    /// What it is doing.
    pub state: LiveState,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Who runs it.
    pub worker: Option<WorkerId>,
    /// How often it was taken.
    pub attempt: u32,
    /// How many requests wait for it, as each process said when it submitted last.
    pub waiting: u64,
    /// Its urgency.
    pub priority: Priority,
    /// The payload, as submitted.
    pub payload: String,
}

/// What a living job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// In the queue.
    Waiting,
    /// In a worker.
    Running,
    /// It failed, and is tried again later.
    Delayed,
}
