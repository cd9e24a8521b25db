//! What is known of sources and rendered pictures.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{DiscardLog, PortError};
use crate::entry::{
    Change, Digest, DigestVerdict, Entry, Found, Learnt, NextPicture, ObjectName, Preparing,
    RememberedFailure, Scope, Seq, Source, SourceRef, Validator,
};
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

/// How long work that cannot be read is left alone: so often it is told in the log, and found to be mended.
pub const LEFT_ALONE: Duration = Duration::from_secs(3600);

/// The truth about what may be answered. Every write is one atomic step on one document, because not
/// every MongoDB offers more, and nothing here needs more.
#[async_trait]
pub trait Catalog: DiscardLog {
    /// Reads the entry of `key`, how its last render failed unless the entry [stands](Found::stands), and the documents of all
    /// their sources; `asked` are the sources that the request names, whose documents are read in any case.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn find(&self, key: &CacheKey, asked: &[SourceRef]) -> Result<Found, PortError>;

    /// Up to `limit` sources after `after` (in order of id) among which are all of a scope. Others may be among them.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn sources_about(
        &self,
        scope: &Scope,
        after: Option<&SourceId>,
        limit: usize,
    ) -> Result<SourcesPage, PortError>;

    /// The documents of those of `ids` that have one, in any order.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn known_sources(&self, ids: &[SourceId]) -> Result<SourcesPage, PortError>;

    /// Up to `limit` entries, in any order, that were made from one of `sources` with a stamp below `below`. Who forgets them is told others
    /// the next time.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn made_before(
        &self,
        sources: &[SourceId],
        below: Seq,
        limit: usize,
    ) -> Result<Vec<Made>, PortError>;

    /// Says of sources, as far as their documents exist, that what was made of them before `below` counts no more, with the time where that
    /// is news, and has them take up the bytes that [wait](Source::switch) and are not outdated by that. Doing it twice, or by several at once, changes nothing more.
    ///
    /// # Errors
    /// The store cannot be reached; some may be written.
    async fn outdate(&self, sources: &[SourceId], below: Seq, now: Timestamp) -> Result<(), PortError>;

    /// Makes sure that a source has a document before it is fetched: a new one counts as discarded at `stamp`,
    /// which outdates whatever an earlier document of it had outdated. Answers whether it is new.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn admit(
        &self,
        source: &SourceRef,
        host: &str,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<bool, PortError>;

    /// Whether an entry was made from a source.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn is_used(&self, source: &SourceId) -> Result<bool, PortError>;

    /// Sets the digest of a source, with the validator that came with it: when it [has](Source::has) no bytes since its newest discard, or
    /// these ([`Source::accept`]). Anything else [differs](DigestVerdict::Differs), as does a source
    /// without a document and a stamp below its newest discard. With a digest that is set the next check of the source is planned.
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
        next_check_at: Timestamp,
    ) -> Result<DigestVerdict, PortError>;

    /// Has bytes wait, which a refresh that began at `since` has fetched with `stamp`, where they are others than a source has, by
    /// [`Source::prepare`]; equal ones become its digest. Its origin serves, whatever it did before.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn prepare_bytes(
        &self,
        source: &SourceId,
        digest: &Digest,
        validator: &Validator,
        since: Seq,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<Preparing, PortError>;

    /// Up to `limit` sources that are [due](Source::is_due), those first whose time came first. Its cost grows with `limit` alone, however many
    /// are due. One that cannot be read is not due again before it was [left alone](LEFT_ALONE), or before `horizon` if that comes first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn due(&self, now: Timestamp, horizon: Timestamp, limit: usize) -> Result<Vec<Source>, PortError>;

    /// Whether a source is due.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn is_due(&self, now: Timestamp, horizon: Timestamp) -> Result<bool, PortError>;

    /// Writes down what a check of a source has taught, unless another check was planned since `seen` was read: who planned it has checked or
    /// fetched the source meanwhile. Answers whether it was written.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn checked(&self, seen: &Source, learnt: &Learnt) -> Result<bool, PortError>;

    /// Asks what it means that a fetch with `stamp` brought other bytes than the source has, and writes the answer into the source's
    /// document: of all who ask within [`UNSTEADY`](crate::entry::UNSTEADY) one is told that it has changed, so that a source that
    /// changes at every fetch causes few discards.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn note_change(
        &self,
        source: &SourceId,
        digest: &Digest,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<Change, PortError>;

    /// Writes down that a source was seen to change from one fetch to the next.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn mark_unsteady(&self, source: &SourceId, now: Timestamp) -> Result<(), PortError>;

    /// Keeps an entry, unless one with an equal or newer stamp is there: the first success of a stamp stays. One with an equal
    /// stamp that was made from other bytes is replaced: its source's document was lost and made anew. What was counted of the key
    /// goes on being counted, and what waits in its place and is newer goes on waiting. Then its sources, and those of what it replaced,
    /// are told how many entries name them.
    ///
    /// # Errors
    /// The store cannot be reached; the entry may or may not have been kept.
    async fn record(&self, entry: &Entry) -> Result<Recorded, PortError>;

    /// Has a rendering wait in the place of the entry of `key`, as [`Found::awaiting`] decides: what waits already and is answered by now
    /// becomes the entry first.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not wait.
    async fn prepare(&self, key: &CacheKey, next: &NextPicture) -> Result<Prepared, PortError>;

    /// Says that at `now` the sources of an entry still have the bytes that it was made from, if the entry of `key` still names
    /// `object`; answers it as it is then.
    ///
    /// # Errors
    /// The store cannot be reached; the entry may or may not be renewed.
    async fn renew(
        &self,
        key: &CacheKey,
        object: &ObjectName,
        now: Timestamp,
    ) -> Result<Option<Entry>, PortError>;

    /// Removes what is known of the object of a `key`: if the entry still names it, what waits takes its place, and if nothing waits the
    /// entry is removed, with what was counted of it; if it is what waits, that is removed. Another one is left alone.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn forget(&self, key: &CacheKey, object: &ObjectName) -> Result<(), PortError>;

    /// Remembers a failure, unless one with a newer stamp is remembered already. It hides no entry that counts.
    ///
    /// # Errors
    /// The store cannot be reached; the failure may or may not be remembered.
    async fn remember(&self, failed: &RememberedFailure) -> Result<(), PortError>;

    /// `found` with how the last render of `key` failed, whether the entry stands or not, and with the documents of its sources.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn with_failure(&self, key: &CacheKey, found: Found) -> Result<Found, PortError>;

    /// Removes the failures whose time was over at `over`, and those that have not happened yet at `now`: a clock that was ahead
    /// wrote them. Answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget_failures(&self, over: Timestamp, now: Timestamp) -> Result<u64, PortError>;

    /// Up to `limit` sources after `after` (in order of id) whose documents are older than `before` and that no
    /// entry names, and the id to go on after, `None` when the end was reached. Those that it looks at are told how many entries name
    /// them, if they do not know.
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

    /// Asks the store whether it answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), PortError>;
}

/// Sources, with those that cannot be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourcesPage {
    /// Those that can be read.
    pub sources: Vec<Source>,
    /// Those that cannot, with what can be read of their URLs.
    pub unreadable: Vec<SourceRef>,
    /// The id to go on after; none when the end was reached.
    pub next: Option<SourceId>,
}

impl SourcesPage {
    /// The ids of all that a discard of `scope` is about.
    pub fn about(&self, scope: &Scope) -> impl Iterator<Item = &SourceId> {
        let readable = self.sources.iter().filter(|source| scope.matches(*source)).map(|source| &source.id);
        readable
            .chain(self.unreadable.iter().filter(|source| scope.matches(*source)).map(|source| &source.id))
    }
}

/// An entry, as far as it matters to who removes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its key.
    pub key: CacheKey,
    /// Where its bytes are.
    pub object: ObjectName,
    /// How many there are.
    pub size: u64,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// It is kept; the objects that it replaced may be deleted when no reader can be using them.
    Kept {
        /// The object of the entry that was there before, and of what waited in its place and is older than this one.
        replaced: Vec<ObjectName>,
    },
    /// One that is as good was there first, and stays.
    Stays(Box<Entry>),
}

/// What became of a rendering that is to wait for a switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It waits; the object that is named no more, if any, may be deleted when no reader can be using it.
    Kept {
        /// The object of what waited before, or of the entry in whose place that was answered.
        replaced: Option<ObjectName>,
    },
    /// There is no entry any more, or one as new, or something as good waits already.
    Useless,
}
