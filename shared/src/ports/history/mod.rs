//! Jobs that have ended.

mod ended;
mod search;

use async_trait::async_trait;

use super::PortError;
use crate::time::Timestamp;

pub use ended::{End, EndedJob, EndedState};
pub use search::Search;

/// What the queue forgets: which jobs ended, and how. It decides nothing; if it cannot be written, a job ends all the same.
///
/// A payload may hold secrets, such as the signature of a presigned URL: it is kept so that a job can be tried again,
/// and shown to nobody. What is searched and shown is [`EndedJob::url`].
#[async_trait]
pub trait JobHistory: Send + Sync {
    /// Writes down jobs that have ended. The life of a job is written down once, however often this is called for it.
    ///
    /// # Errors
    /// The store cannot be reached. Some may be written down; repeating it is safe.
    async fn record(&self, ended: &[EndedJob]) -> Result<(), PortError>;

    /// The jobs that fit, those that ended last first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn search(&self, search: &Search) -> Result<Vec<EndedJob>, PortError>;

    /// Removes up to `limit` jobs that ended in one of `states` before `before`, and answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget(&self, states: &[EndedState], before: Timestamp, limit: usize) -> Result<u64, PortError>;
}
