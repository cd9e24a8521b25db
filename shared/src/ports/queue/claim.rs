//! A worker's side: what it takes, keeps and ends.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::entry::{Seq, SourceRef};
use crate::jobs::{Failure, JobId, Priority, Token};
use crate::ports::MOST_LOSSES;
use crate::time::Timestamp;

/// What a worker has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room<'a> {
    /// Free slots; with none, nothing is taken and another worker is wakened if jobs wait.
    pub slots: usize,
    /// Most jobs of one origin in this worker, so that one slow origin cannot hold all of it.
    pub share: usize,
    /// The [lists](Claim::list) of the jobs that run here, and how many are of each.
    pub busy: &'a [(String, usize)],
    /// How long a request's job that waits is kept when nobody asks for it.
    pub patience: Duration,
    /// Whether another worker is to be wakened for jobs that were left here only because their origins have their share.
    pub pass_on: bool,
}

/// What was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The jobs.
    pub claims: Vec<Claim>,
    /// Jobs wait that were left only because their origins have their share of this worker.
    pub held_back: bool,
}

/// In whose name jobs wait that may be lost only once more. No origin is named so.
pub const LAST_CHANCE: &str = "last chance";

/// What was heard while waiting for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A job was put in the queue.
    Rang,
    /// A worker that may not take what waits has passed the bell on.
    PassedOn,
    /// Nothing.
    Silence,
}

/// A taken job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which job.
    pub id: JobId,
    /// Which life of it.
    pub token: Token,
    /// The smallest stamp that will do, as of now.
    pub want: Seq,
    /// How often it was taken, this time included. Tells this claim from an earlier one of the same life.
    pub attempt: u32,
    /// The payload, as it was submitted: one that this worker cannot read must not stop it.
    pub payload: String,
    /// The origin that it is for, empty for none.
    pub origin: String,
    /// How urgent it was.
    pub priority: Priority,
    /// How often a claim on this life was lost before.
    pub lost: u32,
    /// When this life began, by the queue's clock.
    pub queued_at: Timestamp,
}

impl Claim {
    /// In whose waiting list it stood: its origin's, or that of all that may be lost only once more.
    #[must_use]
    pub fn list(&self) -> &str {
        if self.lost + 1 >= MOST_LOSSES { LAST_CHANCE } else { &self.origin }
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// What it was for is done.
    Done,
    /// It is not.
    Failed(Failure),
}

/// How a life ended, with what it rests on: a newer discard of one of the sources outdates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Done, or why not.
    pub ended: Ended,
    /// The smallest stamp of what was fetched; what was wanted where nothing was.
    pub stamp: Seq,
    /// Everything that was fetched, or would have been.
    pub sources: Vec<SourceRef>,
}

impl Ending {
    /// What the job was for is done.
    #[must_use]
    pub const fn done(stamp: Seq) -> Self {
        Self { ended: Ended::Done, stamp, sources: Vec::new() }
    }
}

/// What a finish did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The life has ended.
    Released,
    /// What was made is older than what is wanted: the job waits again.
    Requeued,
    /// The claim was no longer held: somebody else has the job, or it has ended.
    Lost,
}

/// What was found and done by tending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tended {
    /// All claims that are held.
    pub claims: Vec<Sighting>,
    /// How many renders were dropped because nobody waited for them.
    pub dropped: usize,
}

/// A claim as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sighting {
    /// Which job.
    pub id: JobId,
    /// Which life of it.
    pub token: Token,
    /// Which attempt.
    pub attempt: u32,
    /// How often it was renewed.
    pub renewals: u64,
}

/// What became of a claim that gave no sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// It has: it was renewed, ended or taken away by another.
    Gone,
    /// The job waits again; so often a claim on this life was lost.
    Requeued(u32),
    /// It was lost too often: the job is now this worker's, to be ended as failed.
    Condemned(Claim),
}
