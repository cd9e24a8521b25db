//! Why an entry does not count.

use super::{Found, Ledger, MadeFrom, Seq};

/// Why one of its sources makes an entry not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The source has no document: nobody knows what was discarded of it.
    NoDocument,
    /// By its document it was discarded at this position, after the fetch that the entry was made from.
    Discarded(Seq),
    /// By a rule of the ledger it was discarded at this position, after the fetch that the entry was made from.
    Ruled(Seq),
    /// No fetch since its last discard is known.
    NoBytes,
    /// It has other bytes now than those that the entry was made from.
    OtherBytes,
}

impl Found {
    /// Every reason why the entry does not count, with the source that it is about; none where there is no entry.
    pub fn doubts<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = (&'a MadeFrom, Doubt)> {
        self.entry.iter().flat_map(|entry| self.doubts_about(&entry.sources, entry.stamp, Some(ledger)))
    }

    /// The rendering of the key that counts, if any: the next one only when the documents speak against the entry. A switch that the ledger alone
    /// tells of may not have reached all, and others may still answer with what it outdates. Without a ledger, as far as the documents tell.
    pub(super) fn counting(&self, ledger: Option<&Ledger>) -> Option<Counting> {
        let entry = self.entry.as_ref()?;
        if self.counts(&entry.sources, entry.stamp, ledger) {
            return Some(Counting::Entry);
        }
        let is_outdated = !self.counts(&entry.sources, entry.stamp, None);
        (is_outdated && self.next_counts(ledger)).then_some(Counting::Next)
    }

    /// Whether nothing counts, and the next rendering will as soon as a switch is in the documents that is in the ledger already.
    #[must_use]
    pub fn is_switching(&self, ledger: &Ledger) -> bool {
        self.counting(Some(ledger)).is_none() && self.next_counts(Some(ledger))
    }

    fn next_counts(&self, ledger: Option<&Ledger>) -> bool {
        let next = self.entry.as_ref().and_then(|entry| entry.next.as_ref());
        next.is_some_and(|next| self.counts(&next.sources, next.stamp, ledger))
    }

    fn counts(&self, made_from: &[MadeFrom], stamp: Seq, ledger: Option<&Ledger>) -> bool {
        self.doubts_about(made_from, stamp, ledger).next().is_none()
    }

    /// What speaks against a rendering that was made from these with this stamp.
    fn doubts_about<'a>(
        &'a self,
        made_from: &'a [MadeFrom],
        stamp: Seq,
        ledger: Option<&'a Ledger>,
    ) -> impl Iterator<Item = (&'a MadeFrom, Doubt)> {
        made_from.iter().filter_map(move |source| Some((source, self.doubt(source, stamp, ledger)?)))
    }

    fn doubt(&self, source: &MadeFrom, stamp: Seq, ledger: Option<&Ledger>) -> Option<Doubt> {
        let Some(document) = self.sources.iter().find(|document| document.id == source.id) else {
            return Some(Doubt::NoDocument);
        };
        if document.discarded > stamp {
            return Some(Doubt::Discarded(document.discarded));
        }
        let ruled = ledger.map_or(Seq::ZERO, |ledger| ledger.newest_against([source]));
        if ruled > stamp {
            return Some(Doubt::Ruled(ruled));
        }
        let newest = document.discarded.max(ruled);
        // Where no fetch since is known, what has a newer stamp was made from these.
        match document.has(newest).or(document.digest.as_ref().map(|digest| &digest.value)) {
            None => Some(Doubt::NoBytes),
            Some(digest) => (*digest != source.digest).then_some(Doubt::OtherBytes),
        }
    }
}

/// Which rendering of a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// The entry.
    Entry,
    /// What a refresh has prepared in its place.
    Next,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Digest, Rule, Scope, Stamped};
    use crate::testing::build;

    const URL: &str = "http://a.test/1.jpg";

    #[test]
    fn each_reason_is_told_with_its_source() {
        let found = |discarded| Found {
            entry: Some(build::entry(URL, Seq::new(5))),
            sources: vec![build::source(URL, Seq::new(discarded))],
            ..Found::default()
        };
        let doubts = |found: &Found, rules| {
            let ledger = build::ledger(rules);
            found.doubts(&ledger).map(|(source, doubt)| (source.url.clone(), doubt)).collect::<Vec<_>>()
        };
        let about_it = |doubt| vec![(URL.to_owned(), doubt)];
        let rule = |at| {
            let scope = Scope::Source(build::source_ref(URL).id);
            vec![Rule { at: Seq::new(at), below: Seq::new(at), scope, open: true }]
        };
        assert_eq!(doubts(&found(5), rule(5)), []);
        assert_eq!(doubts(&found(6), rule(7)), about_it(Doubt::Discarded(Seq::new(6))));
        assert_eq!(doubts(&found(5), rule(6)), about_it(Doubt::Ruled(Seq::new(6))));
        let mut other = found(0);
        other.sources[0].digest = Some(Stamped { value: Digest::of(b"other"), stamp: Seq::ZERO });
        assert_eq!(doubts(&other, vec![]), about_it(Doubt::OtherBytes));
        other.sources[0].digest = None;
        assert_eq!(doubts(&other, vec![]), about_it(Doubt::NoBytes));
        other.sources.clear();
        assert_eq!(doubts(&other, vec![]), about_it(Doubt::NoDocument));
        assert_eq!(doubts(&Found::default(), rule(7)), []);
    }
}
