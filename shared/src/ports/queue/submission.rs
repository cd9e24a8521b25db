//! Putting a job in the queue.

use std::time::Duration;

use crate::entry::Seq;
use crate::jobs::{Job, JobId, Payload, Priority, Token};
use crate::ports::PortError;

/// A job on its way into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission<'a> {
    /// What makes two jobs the same.
    pub id: JobId,
    /// The origin in whose waiting list it stands, empty for all that has none.
    pub origin: String,
    /// Who goes first.
    pub priority: Priority,
    /// What is to be done. Queues keep the jobs of each version apart.
    pub payload: Payload,
    /// The smallest stamp that the submitter can use.
    pub want: Seq,
    /// Names this life of the job if it is queued.
    pub token: Token,
    /// Who waits.
    pub waiting: Option<Waiting<'a>>,
    /// What keeps a new life out. A submission that joins is never refused.
    pub bound: Option<Bound>,
}

impl<'a> Submission<'a> {
    /// `job`, without anybody who waits and without bound.
    ///
    /// # Errors
    /// Never in practice: every payload can be written.
    pub fn of(job: &Job, want: Seq, token: Token) -> Result<Self, PortError> {
        let payload = job.kind.write().map_err(|cause| PortError::unusable("queue", cause))?;
        Ok(Self {
            id: job.id(),
            origin: job.origin(),
            priority: job.priority,
            payload,
            want,
            token,
            waiting: None,
            bound: None,
        })
    }

    /// The same, for requests that wait for it and may be refused.
    #[must_use]
    pub const fn for_requests(mut self, waiting: Waiting<'a>, bound: Bound) -> Self {
        self.waiting = Some(waiting);
        self.bound = Some(bound);
        self
    }
}

/// How many requests of one API process wait for a job: a later submission of the same process replaces the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The process.
    pub replica: &'a str,
    /// Its requests.
    pub requests: usize,
}

/// An origin waits for little while it has less than this part of [`Bound::depth`].
pub const FEW: u64 = 8;

/// This part of [`Bound::depth`] is kept beyond it for origins that wait for little.
pub const BEYOND: u64 = 4;

/// When a queue has enough. Origins that wait for little may go beyond `depth`: one slow origin that has filled the queue must not
/// shut out the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Most waiting jobs of requests (`queue.max_depth`).
    pub depth: u64,
    /// The longest wait that a new job may expect (`requests.wait`).
    pub wait: Duration,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A new life of the job began.
    Queued(Token),
    /// One was alive already.
    Joined(Token),
    /// None was alive, and the queue has enough.
    Refused(Overload),
}

impl Submitted {
    /// The token of the life that is now waited for.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        match self {
            Self::Queued(token) | Self::Joined(token) => Some(token),
            Self::Refused(_) => None,
        }
    }
}

/// Why a queue has enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overload {
    /// Its store has no memory for another job.
    Full,
    /// Too much waits.
    Deep {
        /// How many jobs of requests wait.
        depth: u64,
        /// What a new job would wait: jobs that go before it ÷ rate, the rate being jobs ended ÷ time in which any job waited or ran,
        /// over the last [`PACE_SPAN`](super::PACE_SPAN). All that waits goes before it, or less where origins take turns. `None`
        /// while nothing has ended.
        wait: Option<Duration>,
    },
}
