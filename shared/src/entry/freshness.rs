//! May an entry be answered?

use super::{Entry, Seq, Source};

/// What the catalog holds for one key: read in one look-up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The entry of the key.
    pub entry: Option<Entry>,
    /// The documents of the request's sources and of the entry's, as far as they exist.
    pub sources: Vec<Source>,
}

/// The outcome of a look-up, with all that the next step needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Answer with this.
    Fresh(Box<Entry>),
    /// Render it; `want` is the newest discard of its sources that the look-up saw, and a rendering with a smaller
    /// stamp will not do.
    Miss {
        /// The smallest stamp that is good enough.
        want: Seq,
    },
}

/// Decides what a look-up means. An entry counts while the document of each of its sources exists, none was discarded
/// after the fetches that the entry was made from, and each still has the bytes that it was made from.
#[must_use]
pub fn judge(found: Found) -> Verdict {
    let Found { entry, sources } = found;
    let want = sources.iter().map(|source| source.discarded).max().unwrap_or(Seq::ZERO);
    let counts = |entry: &Entry| {
        entry.sources.iter().all(|named| {
            sources.iter().any(|source| {
                let digest = source.digest.as_ref().map(|digest| &digest.value);
                source.id == named.id && source.discarded <= entry.stamp && digest == Some(&named.digest)
            })
        })
    };
    match entry {
        Some(entry) if counts(&entry) => Verdict::Fresh(Box::new(entry)),
        _ => Verdict::Miss { want },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Digest, Stamped};
    use crate::testing::build;

    #[test]
    fn an_entry_counts_while_no_discard_of_its_sources_is_above_its_stamp() {
        let entry = build::entry("http://a.test/1.jpg", Seq::new(5));
        for (discarded, fresh) in [(0, true), (5, true), (6, false)] {
            let source = build::source("http://a.test/1.jpg", Seq::new(discarded));
            let found = Found { entry: Some(entry.clone()), sources: vec![source] };
            let expected = if fresh {
                Verdict::Fresh(Box::new(entry.clone()))
            } else {
                Verdict::Miss { want: Seq::new(discarded) }
            };
            assert_eq!(judge(found), expected, "discarded at {discarded}");
        }
    }

    #[test]
    fn an_entry_without_one_of_its_source_documents_is_a_miss() {
        let entry = build::entry("http://a.test/1.jpg", Seq::new(5));
        assert_eq!(judge(Found { entry: Some(entry), sources: vec![] }), Verdict::Miss { want: Seq::ZERO });
    }

    #[test]
    fn an_entry_made_from_other_bytes_than_its_source_has_now_is_a_miss() {
        let entry = build::entry("http://a.test/1.jpg", Seq::ZERO);
        let mut source = build::source("http://a.test/1.jpg", Seq::ZERO);
        for digest in [None, Some(Digest::of(b"other bytes"))] {
            source.digest = digest.map(|value| Stamped { value, stamp: Seq::ZERO });
            let found = Found { entry: Some(entry.clone()), sources: vec![source.clone()] };
            assert_eq!(judge(found), Verdict::Miss { want: Seq::ZERO });
        }
    }

    #[test]
    fn discards_of_other_sources_do_not_count() {
        let entry = build::entry("http://a.test/1.jpg", Seq::new(5));
        let own = build::source("http://a.test/1.jpg", Seq::new(5));
        let other = build::source("http://a.test/2.jpg", Seq::new(9));
        let found = Found { entry: Some(entry.clone()), sources: vec![own, other] };
        assert_eq!(judge(found), Verdict::Fresh(Box::new(entry)));
    }
}
