//! May an entry be answered?

use super::{Entry, Ledger, RememberedFailure, Seq, Source};
use crate::request::SourceId;
use crate::time::Timestamp;

/// What the catalog holds for one key: read in one look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The sources that the request names.
    pub asked: Vec<SourceId>,
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
    /// Answer with this failure; another render would end as the last one did.
    Refused(Box<RememberedFailure>),
    /// Render it; `want` is the newest discard of its sources that the look-up saw, and a rendering with a smaller
    /// stamp will not do.
    Miss {
        /// The smallest stamp that is good enough.
        want: Seq,
    },
}

/// Decides what a look-up means. The ledger must have been read after the look-up began, as must the documents: then no
/// discard that ended before it is missed, because a rule is in the ledger until it is in the documents, and longer.
///
/// An entry counts while the document of each of its sources exists and still has the bytes that the entry was made from, and
/// while no discard of them, in documents or in the ledger, is above its stamp. A failure counts for its time under the same
/// rule, and never hides an entry that counts.
#[must_use]
pub fn judge(found: Found, ledger: &Ledger, now: Timestamp) -> Verdict {
    let documents_stand = found.stands();
    let Found { asked, entry, failure, sources } = found;
    let of_entry = || entry.iter().flat_map(|entry| entry.sources.iter().map(|source| &source.id));
    let of_failure = || failure.iter().flat_map(|failed| failed.sources.iter().map(|source| &source.id));
    let written = sources.iter().map(|source| source.discarded).max().unwrap_or(Seq::ZERO);
    let want = written.max(ledger.newest_against(asked.iter().chain(of_entry()).chain(of_failure())));
    let entry_stands = documents_stand
        && entry.as_ref().is_some_and(|entry| ledger.newest_against(of_entry()) <= entry.stamp);
    let failure_stands = failure.as_ref().is_some_and(|failed| {
        let newest = newest_of(&sources, of_failure()).max(ledger.newest_against(of_failure()));
        failed.lives(now) && newest <= failed.stamp
    });
    match (entry, failure) {
        (Some(entry), _) if entry_stands => Verdict::Fresh(Box::new(entry)),
        (_, Some(failed)) if failure_stands => Verdict::Refused(Box::new(failed)),
        _ => Verdict::Miss { want },
    }
}

impl Found {
    /// Whether the entry counts as far as the documents tell; the ledger may know better.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| {
            entry.sources.iter().all(|named| {
                self.sources.iter().any(|source| {
                    let digest = source.digest.as_ref().map(|digest| &digest.value);
                    source.id == named.id && source.discarded <= entry.stamp && digest == Some(&named.digest)
                })
            })
        })
    }

    /// Without a failure of another URL than `url`: with `sources.ignore_query` requests share a key whose URLs are not the
    /// same, and what one of them failed with says nothing about another.
    #[must_use]
    pub fn about(mut self, url: &SourceId) -> Self {
        self.failure = self.failure.filter(|failed| failed.failure.url.as_ref().is_none_or(|own| own == url));
        self
    }
}

/// The newest discard that the documents of `ids` tell of.
fn newest_of<'a>(sources: &[Source], ids: impl Iterator<Item = &'a SourceId>) -> Seq {
    let known = ids.filter_map(|id| sources.iter().find(|source| source.id == *id));
    known.map(|source| source.discarded).max().unwrap_or(Seq::ZERO)
}

#[cfg(test)]
mod tests;
