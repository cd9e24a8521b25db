//! Jobs that wait and run.

mod claim;
mod live;
mod submission;

use std::time::Duration;

use async_trait::async_trait;

pub use claim::{Claim, Ended, Ending, Finished, LAST_CHANCE, Reaped, Room, Sighting, Taken, Tended, Wake};
pub use live::{LiveJob, LiveState};
pub use submission::{BEYOND, Bound, FEW, Overload, Submission, Submitted, Waiting};

use super::PortError;
use crate::jobs::{JobId, Priority, Token, WorkerId};

/// How often a claim on one life of a job may be lost before the job is given up: a source that kills whoever works on it
/// must not eat the workers.
pub const MOST_LOSSES: u32 = 3;

/// How often one life of a job may wait again because what was made is older than what is wanted.
pub const MOST_REQUEUES: u32 = 2;

/// How long a failure can be read by those who waited for it.
pub const READABLE_FOR: Duration = Duration::from_secs(60);

/// How often those who wait submit again: so late may the queue learn that somebody still does.
pub const ASKED_AGAIN: Duration = Duration::from_secs(2);

/// Over how long the queue's pace is taken: jobs ended ÷ time in which any job waited or ran.
pub const PACE_SPAN: Duration = Duration::from_secs(10);

/// How long a renewal may take. One that gets no answer must leave time for the next.
pub const RENEWED_WITHIN: Duration = Duration::from_secs(1);

/// The longest delay before a later try. What is due later than that was written before a clock stepped, and is due.
pub const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// A queue of uniquely keyed jobs. It holds only what is alive: a job's claim ends with the job, in every way in which a
/// job can end, and nothing that decides expires on its own.
///
/// One *life* of a job begins when it is queued and ends when it is released, given up or dropped. Its token names it; while
/// it lasts, every other submission of the same id joins it.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Puts a job in the queue, or joins the living one with the same id, in one atomic step. Joining raises the job's
    /// `want` and its priority, and lets a delayed job wait at once when a request joins it. A payload of an older version replaces
    /// the newer one: whoever asks must not wait for workers that are not there yet.
    ///
    /// # Errors
    /// The queue cannot be reached; the job may or may not be queued, and submitting again is safe.
    async fn submit(&self, submission: &Submission<'_>) -> Result<Submitted, PortError>;

    /// How the life `token` of a job failed, readable for [`READABLE_FOR`] after it did.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn ended(&self, token: &Token) -> Result<Option<Ending>, PortError>;

    /// Up to `limit` living jobs after the id `after`, in order of id.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn live(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<LiveJob>, PortError>;

    /// How many jobs wait, by priority; what runs or is delayed does not count.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn depth(&self, priority: Priority) -> Result<u64, PortError>;

    /// Takes waiting jobs, each counted as an attempt in the same step: the most urgent first, origins in turn. An origin that has
    /// its share of this worker is passed over, and jobs that may be lost only once more have a third of such a share together: what
    /// kills its worker takes few along that have lost as many. A request's job that waits and that nobody asked for since
    /// `room.patience` is dropped instead.
    ///
    /// # Errors
    /// The queue cannot be reached; jobs may have been taken in the name of `worker`.
    async fn take(&self, worker: &WorkerId, room: &Room<'_>) -> Result<Taken, PortError>;

    /// Whether a request's job may be waiting that a worker would take which had a slot more: one that it can read, of an origin that has
    /// not its share there. `share` and `busy` are as in [`Room`].
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn would_give(&self, share: usize, busy: &[(String, usize)]) -> Result<bool, PortError>;

    /// Waits until a job may be waiting, or for some seconds. It never polls.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn wakened(&self) -> Result<Wake, PortError>;

    /// Counts up the renewals of claims; answers those that are still held, in the same order.
    ///
    /// # Errors
    /// The queue cannot be reached, or gave no answer within [`RENEWED_WITHIN`].
    async fn renew(&self, claims: &[&Claim]) -> Result<Vec<bool>, PortError>;

    /// Ends a job, success or failure alike, if the claim is still held. When the `stamp` of what was made is below the job's
    /// `want` the job waits again under the same token instead, [`MOST_REQUEUES`] times at most.
    ///
    /// # Errors
    /// The queue cannot be reached; the job may or may not have ended.
    async fn finish(&self, claim: &Claim, ending: &Ending) -> Result<Finished, PortError>;

    /// Lets a job wait for a later try, `delay` from now ([`LONGEST_DELAY`] at most), if the claim is still held; answers whether
    /// it was. For upkeep: a job that a request waits for by now waits in the queue at once.
    ///
    /// # Errors
    /// The queue cannot be reached; the job may or may not have been postponed.
    async fn postpone(&self, claim: &Claim, delay: Duration) -> Result<bool, PortError>;

    /// What has to be done from time to time, by whichever worker comes first: delayed jobs that are due wait again, renders that
    /// nobody asked for since `patience` are dropped. Answers the claims that are held.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn tend(&self, patience: Duration) -> Result<Tended, PortError>;

    /// Takes a claim away, if it is still exactly as it was seen: the job waits again, before all others. After
    /// [`MOST_LOSSES`] the job is given to `worker` instead, which has to end it as failed.
    ///
    /// # Errors
    /// The queue cannot be reached; the claim may or may not have been taken away.
    async fn reap(&self, worker: &WorkerId, seen: &Sighting) -> Result<Reaped, PortError>;

    /// Asks the queue whether it answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), PortError>;
}
