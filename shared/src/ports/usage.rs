//! How often pictures and sources are used.

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Day, Uses};
use crate::request::{CacheKey, SourceId};

/// Where uses are counted, many at a time. It decides nothing, and counting makes nothing: what is not there has no uses.
///
/// Entries and sources are *added* to, which cannot be repeated unseen: when an acknowledgement is lost, nobody knows whether the uses
/// count already. They are added once more then, so that one batch may count twice; losing it instead would be as wrong, and
/// telling batches apart would make every counted document remember who has written it. Days are *set*, which can be repeated.
#[async_trait]
pub trait UsageLog: Send + Sync {
    /// Adds uses to entries, each key at most once, and answers the keys that have no entry (yet).
    ///
    /// # Errors
    /// The store cannot be reached; some or all may be added.
    async fn add_to_entries(&self, uses: &[(CacheKey, Uses)]) -> Result<Vec<CacheKey>, PortError>;

    /// Adds uses to sources, each at most once, as far as they have a document.
    ///
    /// # Errors
    /// The store cannot be reached; some or all may be added.
    async fn add_to_sources(&self, uses: &[(SourceId, Uses)]) -> Result<(), PortError>;

    /// Says how often `run` has used sources on some days. A run's number for a source and a day only grows; a smaller one
    /// changes nothing, and neither does the same one again. A run is one process's, or a part of its life.
    ///
    /// # Errors
    /// The store cannot be reached; repeating it is safe.
    async fn note_days(&self, run: &str, days: &[UsesOnDay]) -> Result<(), PortError>;

    /// The uses of a source by all runs, day by day from `since` on, the earliest first; days without uses are left out.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn days(&self, source: &SourceId, since: Day) -> Result<Vec<(Day, u64)>, PortError>;

    /// Removes up to `limit` numbers of days before `before`, and answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget_days(&self, before: Day, limit: usize) -> Result<u64, PortError>;
}

/// How often a run has used a source on one day so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsesOnDay {
    /// The source.
    pub source: SourceId,
    /// The day.
    pub day: Day,
    /// How often.
    pub uses: u64,
}
