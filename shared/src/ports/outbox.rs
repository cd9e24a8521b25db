//! Work that must not be lost with the queue.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::jobs::{Delete, JobKind, Payload, UnreadablePayload};
use crate::time::Timestamp;

/// How far ahead another's clock may be. What was decided further in the future than this was decided by a clock that has
/// stepped back since: waiting for it could take for ever.
pub const OUTBOX_SKEW: Duration = Duration::from_secs(60);

/// Jobs that will be due. What is put here is turned into jobs again and again, until one of them has done it and closes it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts items in. One whose id is there already is left as it is.
    ///
    /// # Errors
    /// The store cannot be reached. Some may be in; repeating it is safe.
    async fn put(&self, items: &[OutboxItem]) -> Result<(), PortError>;

    /// Up to `limit` items that are due and whose payload has the version of this program. Each is held for `hold`: nobody else
    /// gets it meanwhile, and after that it is due again unless it was closed. Waiting and holding are measured by wall clocks;
    /// one that stepped back by more than a minute delays nothing for longer than that. One that cannot be read is not due again before it was
    /// [left alone](super::LEFT_ALONE).
    ///
    /// # Errors
    /// The store cannot be reached; some may be held.
    async fn due(&self, now: Timestamp, limit: usize, hold: Duration) -> Result<Vec<OutboxItem>, PortError>;

    /// Removes an item: it is done. The absent is fine.
    ///
    /// # Errors
    /// The store cannot be reached; the item may be done once more.
    async fn close(&self, id: &OutboxId) -> Result<(), PortError>;
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Made from what caused it, so that causing it twice is causing it once.
    pub id: OutboxId,
    /// What is to be done, as [`JobKind::write`] writes it.
    pub payload: Payload,
    /// When it is due.
    pub not_before: Timestamp,
    /// When it was put in, by the clock that `not_before` was reckoned with.
    pub created_at: Timestamp,
}

/// The name of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutboxId(String);

impl OutboxItem {
    /// A job that is due when `delay` has passed since `now`.
    ///
    /// # Errors
    /// Never in practice: every job can be written.
    pub fn new(
        id: OutboxId,
        job: &JobKind,
        now: Timestamp,
        delay: Duration,
    ) -> Result<Self, UnreadablePayload> {
        Ok(Self { id, payload: job.write()?, not_before: now.plus(delay), created_at: now })
    }
}

impl OutboxId {
    /// A deletion.
    #[must_use]
    pub fn deletion(delete: &Delete) -> Self {
        Self(format!("delete/{}", delete.name()))
    }

    /// The name as a store gave it back.
    #[must_use]
    pub const fn from_store(text: String) -> Self {
        Self(text)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
