//! What every catalog must tell of the entries that were made from some sources: part of the suite of [`super::catalog`].

use std::collections::BTreeSet;

use super::build;
use super::catalog::{Subject, admit};
use crate::entry::{Entry, Seq};
use crate::ports::Made;
use crate::request::SourceId;

fn id(name: &str) -> SourceId {
    build::source_ref(&url(name)).id
}

fn url(name: &str) -> String {
    format!("http://a.test/{name}.jpg")
}

/// An entry of a key of its own that was made from these, with a stamp.
async fn record(catalog: &Subject, names: &[&str], stamp: i64) -> Made {
    let sources = names.iter().map(|name| build::made_from(&url(name))).collect();
    let entry = Entry { sources, ..build::entry(&url(&names.join("+")), Seq::new(stamp)) };
    catalog.record(&entry).await.expect("recorded");
    Made { key: entry.key, object: entry.object, size: entry.size }
}

async fn made_before(catalog: &Subject, names: &[&str], below: i64, limit: usize) -> Vec<Made> {
    let ids: Vec<SourceId> = names.iter().map(|name| id(name)).collect();
    let mut made = catalog.made_before(&ids, Seq::new(below), limit).await.expect("found");
    made.sort_by(|one, other| one.key.as_str().cmp(other.key.as_str()));
    made
}

pub async fn entries_are_found_by_their_sources_and_stamps(catalog: Subject) {
    let one = record(&catalog, &["a"], 1).await;
    let both = record(&catalog, &["a", "b"], 2).await;
    let other = record(&catalog, &["b"], 3).await;
    for (names, below, expected) in [
        (vec!["a"], 1, vec![]),
        (vec!["a"], 2, vec![&one]),
        (vec!["a"], 9, vec![&one, &both]),
        (vec!["a", "b"], 9, vec![&one, &both, &other]),
        (vec!["b"], 3, vec![&both]),
        (vec!["c"], 9, vec![]),
        (vec![], 9, vec![]),
    ] {
        let mut expected: Vec<Made> = expected.into_iter().cloned().collect();
        expected.sort_by(|one, other| one.key.as_str().cmp(other.key.as_str()));
        assert_eq!(made_before(&catalog, &names, below, 100).await, expected, "{names:?} below {below}");
    }
}

pub async fn entries_that_are_forgotten_make_room_for_the_next(catalog: Subject) {
    let mut left: BTreeSet<String> = BTreeSet::new();
    for name in ["a", "b", "c", "d", "e"] {
        left.insert(record(&catalog, &["of", name], 1).await.object.to_string());
    }
    while !left.is_empty() {
        let made = made_before(&catalog, &["of"], 2, 2).await;
        assert_eq!(made.len(), left.len().min(2));
        for Made { key, object, .. } in made {
            assert!(left.remove(object.as_str()), "{object}");
            catalog.forget(&key, &object).await.expect("forgotten");
        }
    }
    assert_eq!(made_before(&catalog, &["of"], 2, 2).await, []);
}

pub async fn documents_of_sources_are_found_by_their_ids(catalog: Subject) {
    for name in ["a", "b", "c"] {
        admit(&catalog, &url(name), 1).await;
    }
    let found = catalog.known_sources(&[id("a"), id("c"), id("d")]).await.expect("found").sources;
    let found: BTreeSet<String> = found.into_iter().map(|source| source.url).collect();
    assert_eq!(found, BTreeSet::from([url("a"), url("c")]));
    assert_eq!(catalog.known_sources(&[]).await.expect("found").sources, []);
}
