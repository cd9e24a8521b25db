//! What is remembered of a source.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Checks, Digest, NextBytes, Seq};
use crate::request::{IgnoredQuery, SourceId, SourceUrl};
use crate::time::Timestamp;

/// A source as an entry and an announcement name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRef {
    /// Hash of the URL.
    pub id: SourceId,
    /// The URL that makes its identity: what is fetched, less the parameters that `sources.ignore_query` names.
    pub url: String,
}

/// A source of an entry, with the bytes that it had then: an entry counts only while its source still has them, so that
/// variants of one source are never made from different bytes, whatever a store has lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFrom {
    /// Hash of the URL.
    pub id: SourceId,
    /// The URL that makes its identity.
    pub url: String,
    /// The digest of what was fetched.
    pub digest: Digest,
}

impl MadeFrom {
    /// `source` with the digest of its bytes.
    #[must_use]
    pub fn new(source: SourceRef, digest: Digest) -> Self {
        Self { id: source.id, url: source.url, digest }
    }
}

impl SourceRef {
    /// The source at `url`, without the query parameters that are ignored.
    #[must_use]
    pub fn of(url: &SourceUrl, ignored: &IgnoredQuery) -> Self {
        let identity = url.identity(ignored);
        Self { id: SourceId::of(&identity), url: identity }
    }

    /// Whether its URL is all of `url`, by which it is fetched: no parameters are left out.
    #[must_use]
    pub fn is_whole(&self, url: &SourceUrl) -> bool {
        self.url == url.as_str()
    }
}

impl From<&MadeFrom> for SourceRef {
    fn from(made: &MadeFrom) -> Self {
        Self { id: made.id.clone(), url: made.url.clone() }
    }
}

impl From<&Source> for SourceRef {
    fn from(source: &Source) -> Self {
        Self { id: source.id.clone(), url: source.url.clone() }
    }
}

/// What the catalog remembers of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Hash of the URL.
    pub id: SourceId,
    /// The URL that makes its identity.
    pub url: String,
    /// Its host, for statistics and discards by host.
    pub host: String,
    /// The newest discard of it: what has a smaller stamp no longer counts.
    pub discarded: Seq,
    /// When a discard of it was last written down, which is soon after it counted.
    #[serde(default)]
    pub discarded_at: Option<Timestamp>,
    /// The digest of its bytes. Between two discards a source has one.
    pub digest: Option<Stamped<Digest>>,
    /// What the origin said that tells this version from others.
    pub validator: Option<Stamped<Validator>>,
    /// Other bytes, for which a refresh has prepared pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextBytes>,
    /// When it was first asked for.
    pub created_at: Timestamp,
    /// When it was fetched or asked about last.
    pub checked_at: Option<Timestamp>,
    /// When a fetch last found that it had changed.
    pub changed_at: Option<Timestamp>,
    /// To what it had changed then.
    pub changed_to: Option<Digest>,
    /// Until when it counts as changing at every fetch.
    pub unsteady_until: Option<Timestamp>,
    /// What asking its origin whether it has changed has taught.
    pub checks: Option<Stamped<Checks>>,
    /// When its origin is asked next, once bytes of it were accepted.
    pub next_check_at: Option<Timestamp>,
    /// How often it was [used](super::Uses): by every request that names it, whatever was made of it.
    #[serde(default)]
    pub uses: u64,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
    /// How many entries name it.
    #[serde(default)]
    pub variants: u64,
    /// What their bodies take together, in bytes.
    #[serde(default)]
    pub bytes: u64,
}

impl Source {
    /// A source that is asked for for the first time, and counts as discarded at `stamp`.
    #[must_use]
    pub fn new(source: SourceRef, host: &str, stamp: Seq, now: Timestamp) -> Self {
        Self {
            id: source.id,
            url: source.url,
            host: host.to_owned(),
            discarded: stamp,
            discarded_at: None,
            digest: None,
            validator: None,
            next: None,
            created_at: now,
            checked_at: None,
            changed_at: None,
            changed_to: None,
            unsteady_until: None,
            checks: None,
            next_check_at: None,
            uses: 0,
            last_used_at: None,
            variants: 0,
            bytes: 0,
        }
    }

    /// Whether fetched bytes may stand for it: it [has](Source::has) none, or these.
    #[must_use]
    pub fn accepts(&self, fetched: &Stamped<Digest>) -> bool {
        self.discarded <= fetched.stamp
            && self.has(self.discarded).is_none_or(|known| *known == fetched.value)
    }

    /// Its next check is planned since bytes of it were accepted: its origin serves, whatever it did before.
    pub fn plan(&mut self, next_check_at: Timestamp) {
        self.next_check_at = Some(next_check_at);
        self.serves();
    }

    /// Its origin has answered a fetch with bytes.
    pub(super) fn serves(&mut self) {
        self.checks = self.checks.take().map(|known| Stamped { value: known.value.served(), ..known });
    }

    /// Answers what it means that a fetch brought other bytes than it has, and remembers it.
    pub fn note_change(&mut self, fetched: &Stamped<Digest>, now: Timestamp) -> Change {
        let differs = |known: &Digest| *known != fetched.value;
        if self.discarded > fetched.stamp || !self.has(self.discarded).is_some_and(differs) {
            return Change::Over;
        }
        // Clocks differ a little; a time that lies far ahead is that of a clock that was ahead.
        let lately = |at: Timestamp| at > now.minus(UNSTEADY) && at <= now.plus(UNSTEADY);
        if !self.changed_at.is_some_and(lately) {
            (self.changed_at, self.changed_to) = (Some(now), Some(fetched.value.clone()));
            return Change::Found;
        }
        if self.changed_to.as_ref() == Some(&fetched.value) && !self.is_unsteady(now) {
            return Change::Known;
        }
        self.mark_unsteady(now);
        Change::Unsteady
    }

    /// Counts as changing at every fetch from `now` on.
    pub fn mark_unsteady(&mut self, now: Timestamp) {
        self.unsteady_until = Some(now.plus(UNSTEADY));
    }
}

/// How long a source that has changed again counts as unsteady, and the shortest time between two discards that its own changes
/// cause.
pub const UNSTEADY: Duration = Duration::from_secs(60);

/// A fact with the stamp of the fetch that it was learnt from: a newer discard outdates it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// The fact.
    pub value: T,
    /// The ledger's position before the fetch began.
    pub stamp: Seq,
}

/// By what an origin can be asked later whether it has other bytes by now: what its answer says about the version of its body
/// (RFC 9110 §8.8), and whether there is a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
    /// Length of the body in bytes.
    pub length: Option<u64>,
    /// Whether the source's URL is all that it was asked for. Else it had parameters that `sources.ignore_query` leaves out of that URL and
    /// nobody keeps: who asks without them asks for something else. Older programs did not tell.
    #[serde(default)]
    pub whole_url: bool,
}

/// Whether fetched bytes may stand for their source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestVerdict {
    /// They are the source's bytes: the first since the last discard, or equal to the first.
    Accepted,
    /// The source has shown other bytes since its last discard, so nothing made from these may be recorded.
    Differs,
}

/// What other bytes than the source has mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has changed: whoever is told so discards it.
    Found,
    /// Somebody was told so of the same bytes less than [`UNSTEADY`] ago, and is discarding it or was broken off.
    Known,
    /// It had changed already, less than [`UNSTEADY`] ago: it is unsteady. Nothing is discarded, and nothing is recorded.
    Unsteady,
    /// Nothing any more: they are its bytes by now, or a discard outdates one or the other, or it has no document.
    Over,
}
