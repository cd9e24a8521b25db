//! What is known of sources and rendered pictures.

use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Digest, DigestVerdict, Entry, Found, ObjectName, Seq, SourceRef, Validator};
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

/// The truth about what may be answered. Every write is one atomic step on one document, because not
/// every MongoDB offers more, and nothing here needs more.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Reads the entry of `key` and the documents of its sources; `expected` are the sources that the request
    /// names, whose documents are read even when there is no entry.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn find(&self, key: &CacheKey, expected: &[SourceId]) -> Result<Found, PortError>;

    /// Reads the ledger's position, as committed when the call began or later.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn ledger(&self) -> Result<Ledger, PortError>;

    /// Makes sure that a source has a document before it is fetched: a new one counts as discarded at `stamp`,
    /// which outdates whatever an earlier document of it had outdated.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn admit(
        &self,
        source: &SourceRef,
        host: &str,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<(), PortError>;

    /// Sets the digest of a source, with the validator that came with it: when it has none, when its digest is
    /// outdated by a discard, or when it is equal. Anything else [differs](DigestVerdict::Differs), as does a source
    /// without a document and a stamp below its newest discard.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn accept_digest(
        &self,
        source: &SourceId,
        digest: &Digest,
        validator: &Validator,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<DigestVerdict, PortError>;

    /// Keeps an entry, unless one with an equal or newer stamp is there: the first success of a stamp stays. One with an equal
    /// stamp that was made from other bytes is replaced: its source's document was lost and made anew.
    ///
    /// # Errors
    /// The store cannot be reached; the entry may or may not have been kept.
    async fn record(&self, entry: &Entry) -> Result<Recorded, PortError>;

    /// Removes the entry of `key` if it still names `object`; another one is left alone.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn forget(&self, key: &CacheKey, object: &ObjectName) -> Result<(), PortError>;

    /// Up to `limit` sources after `after` (in order of id) whose documents are older than `before` and that no
    /// entry names, and the id to go on after, `None` when the end was reached.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn unused_sources(
        &self,
        after: Option<&SourceId>,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<SourceId>, Option<SourceId>), PortError>;

    /// Removes a source's document. An entry that is recorded for it meanwhile is a miss and is rendered again.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn remove_source(&self, source: &SourceId) -> Result<(), PortError>;

    /// Claims the tick of the schedule `name` that is due when `interval` has passed since its last run, or when
    /// that run lies in the future (clocks step back). At most one caller gets it. A tick that was claimed but not
    /// [settled](Catalog::settle_tick) within `grace` is given out again, as the same tick.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn claim_tick(
        &self,
        name: &str,
        interval: Duration,
        grace: Duration,
        now: Timestamp,
    ) -> Result<Option<Tick>, PortError>;

    /// Says that the job of a claimed tick is in the queue.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn settle_tick(&self, name: &str, tick: Tick) -> Result<(), PortError>;

    /// Asks the store whether it answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), PortError>;
}

/// The state of the ledger of discards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Random; made with the catalog and renewed after a restore. Part of every queue's name.
    pub incarnation: String,
    /// The position: the number of discards so far.
    pub seq: Seq,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It is kept; the object that it replaced, if any, may be deleted when no reader can be using it.
    Kept {
        /// The object of the entry that was there before.
        replaced: Option<ObjectName>,
    },
    /// One that is as good was there first, and stays.
    Stays(Box<Entry>),
}

/// One tick of a schedule, named by the instant for which it was claimed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick(pub Timestamp);
