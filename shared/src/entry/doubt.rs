//! Why an entry does not count.

use super::{Entry, Found, Ledger, MadeFrom, Seq};

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
        self.entry.iter().flat_map(move |entry| {
            entry.sources.iter().filter_map(move |source| {
                let doubt = self.doubt(entry, source).or_else(|| ruled(entry, source, ledger));
                Some((source, doubt?))
            })
        })
    }

    /// What the documents say against one source of an entry.
    pub(super) fn doubt(&self, entry: &Entry, source: &MadeFrom) -> Option<Doubt> {
        let Some(document) = self.sources.iter().find(|document| document.id == source.id) else {
            return Some(Doubt::NoDocument);
        };
        if document.discarded > entry.stamp {
            return Some(Doubt::Discarded(document.discarded));
        }
        match &document.digest {
            None => Some(Doubt::NoBytes),
            Some(digest) if digest.value != source.digest => Some(Doubt::OtherBytes),
            Some(_) => None,
        }
    }
}

fn ruled(entry: &Entry, source: &MadeFrom, ledger: &Ledger) -> Option<Doubt> {
    let newest = ledger.newest_against([source]);
    (newest > entry.stamp).then_some(Doubt::Ruled(newest))
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
