//! May an entry be answered?

use std::time::Duration;

use super::doubt::Counting;
use super::{Age, Ages, Entry, Ledger, MadeFrom, RememberedFailure, Seq, Source, SourceRef};
use crate::request::SourceId;
use crate::time::Timestamp;

/// What the catalog holds for one key: read in one look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The sources that the request names.
    pub asked: Vec<SourceRef>,
    /// The entry of the key.
    pub entry: Option<Entry>,
    /// How its last render failed. It may be left out when the entry [stands](Found::stands).
    pub failure: Option<RememberedFailure>,
    /// The documents of the request's sources, of the entry's and of the failure's, as far as they exist.
    pub sources: Vec<Source>,
}

/// The outcome of a look-up, with all that the next step needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Answer with this.
    Fresh(Box<Entry>),
    /// It counts, and is older than it should be.
    Stale(Box<Stale>),
    /// Answer with this failure; another render would end as the last one did.
    Refused(Box<RememberedFailure>),
    /// Render it; `want` is the newest discard of its sources that the look-up saw, and a rendering with a smaller
    /// stamp will not do.
    Miss {
        /// The smallest stamp that is good enough.
        want: Seq,
    },
}

/// An entry that counts and is too old.
#[derive(Clone, Debug, PartialEq)]
pub struct Stale {
    /// The entry.
    pub entry: Entry,
    /// For how long it has been too old.
    pub past: Duration,
    /// The newest discard of its sources that the look-up saw: what renews it needs no smaller stamp.
    pub want: Seq,
    /// What is to be done about it.
    pub next: Next,
}

/// What is to be done about a stale entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Answer it, and have it renewed meanwhile.
    Renew,
    /// Answer it: renewing it has failed so a moment ago.
    Leave(RememberedFailure),
    /// Wait for the renewal.
    Wait {
        /// Whether it may be answered when the renewal fails in passing.
        last_resort: bool,
    },
}

/// Decides what a look-up means. The ledger must have been read after the look-up began, as must the documents: then no
/// discard that ended before it is missed, because a rule is in the ledger until it is in the documents, and longer.
///
/// An entry counts while the document of each of its sources exists and still has the bytes that the entry was made from, and while no discard
/// of them, in documents or in the ledger, is above its stamp. Where it does not by the documents, what a refresh has prepared in its place
/// counts on the same terms, as the entry that it [makes](Entry::switched): a switch is in the documents when it has reached all. A failure
/// counts for its time under the same rule, and never hides an entry that counts and is young enough, or that is answered while it is renewed:
/// that a source is gone is believed when its picture's time is over. Of an entry that has an age the failure must have been
/// [read](crate::ports::Catalog::with_failure), too.
#[must_use]
pub fn judge(found: Found, ledger: &Ledger, ages: &Ages, now: Timestamp) -> Verdict {
    let counting = found.counting(Some(ledger));
    let against_entry = ledger.newest_against(found.made_from());
    let Found { asked, entry, failure, sources } = found;
    let of_failure = || failure.iter().flat_map(|failed| &failed.sources);
    let written = sources.iter().map(|source| source.discarded).max().unwrap_or(Seq::ZERO);
    let want = written.max(against_entry).max(ledger.newest_against(asked.iter().chain(of_failure())));
    let failure_stands = failure.as_ref().is_some_and(|failed| {
        let newest = newest_of(&sources, &failed.sources).max(ledger.newest_against(&failed.sources));
        failed.lives(now) && newest <= failed.stamp
    });
    let failure = failure.filter(|_| failure_stands);
    let entry = match counting {
        Some(Counting::Entry) => entry,
        Some(Counting::Next) => entry.and_then(|entry| entry.switched()),
        None => None,
    };
    match (entry, failure) {
        (Some(entry), failure) => match ages.of(&entry, now) {
            Age::Fresh(_) => Verdict::Fresh(Box::new(entry)),
            // One that counts is above every discard of its own sources; others are none of its business.
            Age::Past(past) => {
                let stale = Stale { want: want.min(entry.stamp), entry, past, next: Next::Renew };
                stale.judge(failure, ages)
            }
        },
        (None, Some(failed)) => Verdict::Refused(Box::new(failed)),
        (None, None) => Verdict::Miss { want },
    }
}

impl Stale {
    fn judge(self, failure: Option<RememberedFailure>, ages: &Ages) -> Verdict {
        let (gracious, last_resort) = (ages.gracious(self.past), ages.last_resort(self.past));
        let next = match failure {
            Some(failed) if gracious || (last_resort && failed.failure.code.is_passing()) => {
                Next::Leave(failed)
            }
            Some(failed) => return Verdict::Refused(Box::new(failed)),
            None if gracious => Next::Renew,
            None => Next::Wait { last_resort },
        };
        Verdict::Stale(Box::new(Self { next, ..self }))
    }
}

impl Found {
    /// Whether the entry, or what was prepared in its place, counts as far as the documents tell; the ledger may know better.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.counting(None).is_some()
    }

    /// The same with the entry that its next one makes; `None` where nothing waits.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        let entry = self.entry.as_ref()?.switched()?;
        Some(Self { entry: Some(entry), ..self.clone() })
    }

    /// The same, where that counts and the entry does not.
    #[must_use]
    pub fn switched(&self, ledger: &Ledger) -> Option<Self> {
        self.next().filter(|_| self.counting(Some(ledger)) == Some(Counting::Next))
    }

    /// The sources of the entry and of what was prepared in its place.
    pub fn made_from(&self) -> impl Iterator<Item = &MadeFrom> {
        let next = self.entry.iter().filter_map(|entry| entry.next.as_ref());
        self.entry.iter().flat_map(|entry| &entry.sources).chain(next.flat_map(|next| &next.sources))
    }

    /// Without a failure of another URL than `url`: with `sources.ignore_query` requests share a key whose URLs are not the
    /// same, and what one of them failed with says nothing about another.
    #[must_use]
    pub fn about(mut self, url: &SourceId) -> Self {
        self.failure = self.failure.filter(|failed| failed.failure.url.as_ref().is_none_or(|own| own == url));
        self
    }
}

/// The newest discard that the documents of `named` tell of.
fn newest_of(documents: &[Source], named: &[SourceRef]) -> Seq {
    let known = named.iter().filter_map(|named| documents.iter().find(|source| source.id == named.id));
    known.map(|source| source.discarded).max().unwrap_or(Seq::ZERO)
}

#[cfg(test)]
mod tests;
