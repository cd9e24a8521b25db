//! What every catalog must do about sources that change: part of the suite of [`super::catalog`].

use std::time::Duration;

use futures::future::join_all;

use super::build;
use super::catalog::{NOW, Subject, URL, accept, admit};
use super::discards::discard;
use crate::entry::{Change, Digest, DigestVerdict, Seq, Source, UNSTEADY};
use crate::time::Timestamp;

async fn note(catalog: &Subject, bytes: &[u8], stamp: i64, now: Timestamp) -> Change {
    let source = build::source_ref(URL).id;
    catalog.note_change(&source, &Digest::of(bytes), Seq::new(stamp), now).await.expect("an answer")
}

async fn document(catalog: &Subject) -> Source {
    let found = catalog.find(&build::key(URL, 300), &[build::source_ref(URL)]).await.expect("found");
    found.sources.into_iter().next().expect("a document")
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A source whose bytes are `one` since a fetch with stamp 3.
async fn with_one(catalog: &Subject) {
    admit(catalog, URL, 3).await;
    assert_eq!(accept(catalog, URL, b"one", 3).await, DigestVerdict::Accepted);
}

pub async fn of_many_who_find_a_change_at_once_one_is_told_to_discard(catalog: Subject) {
    with_one(&catalog).await;
    let told = join_all((0..16).map(|_| note(&catalog, b"two", 3, NOW))).await;
    assert_eq!(told.iter().filter(|told| **told == Change::Found).count(), 1);
    assert!(told.iter().all(|told| matches!(told, Change::Found | Change::Known)), "{told:?}");
    let source = document(&catalog).await;
    assert_eq!((source.changed_at, source.changed_to), (Some(NOW), Some(Digest::of(b"two"))));
    assert_eq!(source.unsteady_until, None);
}

pub async fn who_changes_again_within_a_minute_is_unsteady_and_later_has_changed_again(catalog: Subject) {
    with_one(&catalog).await;
    assert_eq!(note(&catalog, b"two", 3, NOW).await, Change::Found);
    assert_eq!(note(&catalog, b"three", 3, later(30)).await, Change::Unsteady);
    assert_eq!(document(&catalog).await.unsteady_until, Some(later(30).plus(UNSTEADY)));
    assert_eq!(note(&catalog, b"two", 3, later(31)).await, Change::Unsteady, "to and fro");
    assert_eq!(document(&catalog).await.changed_at, Some(NOW));
    assert_eq!(note(&catalog, b"four", 3, later(60)).await, Change::Found, "one discard a minute");
    assert_eq!(document(&catalog).await.changed_at, Some(later(60)));
    assert_eq!(note(&catalog, b"five", 3, later(59)).await, Change::Unsteady, "another clock");
    let back = NOW.minus(Duration::from_secs(3600));
    assert_eq!(note(&catalog, b"six", 3, back).await, Change::Found, "a clock that stepped back");
}

pub async fn bytes_that_were_seen_to_change_at_once_are_unsteady(catalog: Subject) {
    with_one(&catalog).await;
    assert_eq!(note(&catalog, b"two", 3, NOW).await, Change::Found);
    catalog.mark_unsteady(&build::source_ref(URL).id, NOW).await.expect("marked");
    assert_eq!(note(&catalog, b"two", 3, later(1)).await, Change::Unsteady);
}

pub async fn what_is_no_change_any_more_is_over(catalog: Subject) {
    assert_eq!(note(&catalog, b"two", 3, NOW).await, Change::Over, "there is no such source");
    admit(&catalog, URL, 3).await;
    assert_eq!(note(&catalog, b"two", 3, NOW).await, Change::Over, "the first");
    assert_eq!(accept(&catalog, URL, b"one", 3).await, DigestVerdict::Accepted);
    assert_eq!(note(&catalog, b"one", 4, NOW).await, Change::Over, "equal");
    assert_eq!(note(&catalog, b"two", 2, NOW).await, Change::Over, "from before a discard");
    assert_eq!(document(&catalog).await.changed_at, None);
}

pub async fn a_digest_that_a_discard_outdates_stands_for_nothing_that_changes(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    assert_eq!(accept(&catalog, URL, b"one", 0).await, DigestVerdict::Accepted);
    discard(&catalog, URL).await;
    assert_eq!(note(&catalog, b"two", 0, NOW).await, Change::Over);
    assert_eq!(note(&catalog, b"two", 1, NOW).await, Change::Over);
    assert_eq!(accept(&catalog, URL, b"two", 1).await, DigestVerdict::Accepted);
}
