//! Jobs that wait and run.

use async_trait::async_trait;

use super::PortError;
use crate::entry::Seq;
use crate::jobs::{Failure, Job, JobId, Priority, Token, WorkerId};
use crate::time::Timestamp;

/// A queue of uniquely keyed jobs. It holds only what is alive: a job's claim ends with the job, in every way in which a
/// job can end, and nothing in it expires on its own.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Puts a job in the queue, or joins the living one with the same id, in one atomic step. `want` is the smallest stamp
    /// that the submitter can use; joining raises the job's `want` and its priority. `token` names this life of the
    /// job if it is queued; the answer holds the token that counts.
    ///
    /// # Errors
    /// The queue cannot be reached; the job may or may not be queued, and submitting again is safe.
    async fn submit(
        &self,
        job: &Job,
        want: Seq,
        token: Token,
        waiting: Option<Waiting<'_>>,
    ) -> Result<Submitted, PortError>;

    /// How the life `token` of a job ended, readable for a minute after a failure.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn ended(&self, token: &Token) -> Result<Option<Ended>, PortError>;

    /// Up to `limit` living jobs after the id `after`, in order of id.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn live(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<LiveJob>, PortError>;

    /// Takes up to `max` waiting jobs, the most urgent first, each counted as an attempt in the same step.
    ///
    /// # Errors
    /// The queue cannot be reached; jobs may have been taken in the name of `worker`.
    async fn take(&self, worker: &WorkerId, max: usize) -> Result<Vec<Claim>, PortError>;

    /// Waits until a job may be waiting, or for some seconds. It never polls.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn wakened(&self) -> Result<(), PortError>;

    /// Counts up the renewals of claims; answers those that are still held, in the same order.
    ///
    /// # Errors
    /// The queue cannot be reached.
    async fn renew(&self, claims: &[(JobId, Token)]) -> Result<Vec<bool>, PortError>;

    /// Ends a job, success or failure alike, if the claim is still held. When the rendering's `stamp` is below the job's
    /// `want` the job waits again under the same claim instead.
    ///
    /// # Errors
    /// The queue cannot be reached; the job may or may not have ended.
    async fn finish(&self, claim: &Claim, stamp: Seq, ended: &Ended) -> Result<Finished, PortError>;

    /// Asks the queue whether it answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), PortError>;
}

/// How many requests of one API process wait for a job: a later submission of the same process replaces the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// The process.
    pub replica: &'a str,
    /// Its requests.
    pub requests: usize,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A new life of the job began.
    Queued(Token),
    /// One was alive already.
    Joined(Token),
}

impl Submitted {
    /// The token of the life that is now waited for.
    #[must_use]
    pub const fn token(&self) -> &Token {
        match self {
            Self::Queued(token) | Self::Joined(token) => token,
        }
    }
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
    /// How often it was taken, this time included.
    pub attempt: u32,
    /// The payload, as it was submitted: a version that this worker cannot read must not stop it.
    pub payload: String,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// What it was for is done.
    Done,
    /// It is not.
    Failed(Failure),
}

/// What a finish did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// The job is gone.
    Released,
    /// The rendering is older than what is wanted: the job waits again.
    Requeued,
    /// The claim was no longer held: somebody else has the job, or it has ended.
    Lost,
}

/// A job that waits or runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveJob {
    /// Which job.
    pub id: JobId,
    /// Waiting or running.
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
}
