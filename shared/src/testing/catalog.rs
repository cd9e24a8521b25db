//! What every catalog must do. Each function takes a catalog of its own, empty.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::build;
use crate::entry::{Digest, DigestVerdict, Entry, Seq, Validator};
use crate::ports::{Catalog, Recorded};
use crate::time::Timestamp;

pub use super::changes::*;
pub use super::checks::*;
pub use super::discards::*;
pub use super::failures::*;
pub use super::made::*;
pub use super::next::*;

pub(super) type Subject = Arc<dyn Catalog>;

pub(super) const URL: &str = "http://a.test/1.jpg";
pub(super) const OTHER: &str = "http://a.test/2.jpg";
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) async fn admit(catalog: &Subject, url: &str, stamp: i64) {
    catalog.admit(&build::source_ref(url), "a.test", Seq::new(stamp), NOW).await.expect("admitted");
}

pub(super) async fn accept(catalog: &Subject, url: &str, bytes: &[u8], stamp: i64) -> DigestVerdict {
    let source = build::source_ref(url).id;
    let validator = Validator { etag: Some("\"x\"".to_owned()), length: Some(5), ..Validator::default() };
    let (digest, stamp) = (Digest::of(bytes), Seq::new(stamp));
    let accepted = catalog.accept_digest(&source, &digest, &validator, stamp, NOW, NOW.plus(HOUR)).await;
    accepted.expect("a verdict")
}

async fn there(catalog: &Subject, entry: &Entry) -> Option<Entry> {
    catalog.find(&entry.key, &[]).await.expect("found").entry
}

pub async fn what_was_recorded_is_found_with_its_sources(catalog: Subject) {
    admit(&catalog, URL, 3).await;
    let entry = build::entry(URL, Seq::new(3));
    assert_eq!(catalog.record(&entry).await.expect("recorded"), Recorded::Kept { replaced: vec![] });
    let found = catalog.find(&entry.key, &[build::source_ref(URL)]).await.expect("found");
    assert_eq!(found.entry, Some(entry));
    let mut source = build::source(URL, Seq::new(3));
    (source.created_at, source.digest) = (NOW, None);
    (source.variants, source.bytes) = (1, 5);
    assert_eq!(found.sources, [source]);
}

pub async fn a_source_is_new_once_and_used_when_an_entry_names_it(catalog: Subject) {
    let source = build::source_ref(URL);
    for is_new in [true, false] {
        let admitted = catalog.admit(&source, "a.test", Seq::ZERO, NOW).await.expect("admitted");
        assert_eq!(admitted, is_new);
    }
    assert!(!catalog.is_used(&source.id).await.expect("an answer"));
    catalog.record(&build::entry(URL, Seq::ZERO)).await.expect("recorded");
    assert!(catalog.is_used(&source.id).await.expect("an answer"));
}

pub async fn nothing_is_found_where_nothing_was_recorded(catalog: Subject) {
    admit(&catalog, OTHER, 0).await;
    let entry = build::entry(URL, Seq::ZERO);
    let found = catalog.find(&entry.key, &[build::source_ref(URL)]).await.expect("found");
    assert_eq!(found.entry, None);
    assert!(found.sources.is_empty());
}

pub async fn a_redirect_target_is_found_though_the_request_does_not_name_it(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    admit(&catalog, OTHER, 0).await;
    let mut entry = build::entry(URL, Seq::ZERO);
    entry.sources.push(build::made_from(OTHER));
    catalog.record(&entry).await.expect("recorded");
    let found = catalog.find(&entry.key, &[build::source_ref(URL)]).await.expect("found");
    let urls: BTreeSet<_> = found.sources.iter().map(|source| source.url.as_str()).collect();
    assert_eq!(urls, BTreeSet::from([URL, OTHER]));
}

pub async fn the_first_success_of_a_stamp_stays(catalog: Subject) {
    let (first, second) = (build::entry(URL, Seq::new(3)), build::entry(URL, Seq::new(3)));
    let older = build::entry(URL, Seq::new(2));
    catalog.record(&first).await.expect("recorded");
    for late in [second, older] {
        let recorded = catalog.record(&late).await.expect("recorded");
        assert_eq!(recorded, Recorded::Stays(Box::new(first.clone())));
    }
    assert_eq!(there(&catalog, &first).await, Some(first));
}

pub async fn a_newer_stamp_replaces_and_names_what_it_replaced(catalog: Subject) {
    let (older, newer) = (build::entry(URL, Seq::new(3)), build::entry(URL, Seq::new(4)));
    catalog.record(&older).await.expect("recorded");
    let recorded = catalog.record(&newer).await.expect("recorded");
    assert_eq!(recorded, Recorded::Kept { replaced: vec![older.object] });
    assert_eq!(there(&catalog, &newer).await, Some(newer));
}

pub async fn at_equal_stamps_other_bytes_of_a_source_replace(catalog: Subject) {
    let first = build::entry(URL, Seq::new(3));
    let mut second = build::entry(URL, Seq::new(3));
    for source in &mut second.sources {
        source.digest = Digest::of(b"other bytes");
    }
    catalog.record(&first).await.expect("recorded");
    assert_eq!(
        catalog.record(&second).await.expect("recorded"),
        Recorded::Kept { replaced: vec![first.object] }
    );
    assert_eq!(there(&catalog, &second).await, Some(second));
}

pub async fn of_many_recorders_at_once_one_wins(catalog: Subject) {
    let entries: Vec<Entry> = (0..32).map(|_| build::entry(URL, Seq::new(3))).collect();
    let recorded = join_all(entries.iter().map(|entry| catalog.record(entry))).await;
    let kept = entries.iter().zip(&recorded).filter(|(_, recorded)| {
        matches!(recorded.as_ref().expect("recorded"), Recorded::Kept { replaced } if replaced.is_empty())
    });
    let kept: Vec<&Entry> = kept.map(|(entry, _)| entry).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(there(&catalog, kept[0]).await.as_ref(), Some(kept[0]));
}

pub async fn a_source_is_admitted_once(catalog: Subject) {
    admit(&catalog, URL, 3).await;
    admit(&catalog, URL, 9).await;
    let found = catalog.find(&build::key(URL, 300), &[build::source_ref(URL)]).await.expect("found");
    assert_eq!(found.sources.iter().map(|source| source.discarded).collect::<Vec<_>>(), [Seq::new(3)]);
}

pub async fn a_digest_is_accepted_when_it_is_the_first_or_equal(catalog: Subject) {
    assert_eq!(accept(&catalog, URL, b"one", 3).await, DigestVerdict::Differs, "there is no such source");
    admit(&catalog, URL, 3).await;
    assert_eq!(accept(&catalog, URL, b"one", 3).await, DigestVerdict::Accepted);
    assert_eq!(accept(&catalog, URL, b"one", 4).await, DigestVerdict::Accepted);
    assert_eq!(accept(&catalog, URL, b"two", 5).await, DigestVerdict::Differs);
    let found = catalog.find(&build::key(URL, 300), &[build::source_ref(URL)]).await.expect("found");
    let source = &found.sources[0];
    assert_eq!(source.digest.as_ref().map(|digest| &digest.value), Some(&Digest::of(b"one")));
    assert_eq!(source.checked_at, Some(NOW));
    let validator = &source.validator.as_ref().expect("a validator").value;
    assert_eq!((validator.etag.as_deref(), validator.length), (Some("\"x\""), Some(5)));
}

pub async fn a_digest_from_before_a_discard_is_not_accepted(catalog: Subject) {
    admit(&catalog, URL, 3).await;
    assert_eq!(accept(&catalog, URL, b"one", 2).await, DigestVerdict::Differs);
}

pub async fn an_outdated_digest_gives_way(catalog: Subject) {
    admit(&catalog, URL, 3).await;
    assert_eq!(accept(&catalog, URL, b"one", 3).await, DigestVerdict::Accepted);
    // The document is made anew by a job that began after a discard.
    catalog.remove_source(&build::source_ref(URL).id).await.expect("removed");
    admit(&catalog, URL, 7).await;
    assert_eq!(accept(&catalog, URL, b"one", 6).await, DigestVerdict::Differs);
    assert_eq!(accept(&catalog, URL, b"two", 7).await, DigestVerdict::Accepted);
}

pub async fn of_many_different_digests_at_once_one_is_accepted(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    let bytes: Vec<[u8; 1]> = (0..32).map(|byte| [byte]).collect();
    let verdicts = join_all(bytes.iter().map(|bytes| accept(&catalog, URL, bytes, 0))).await;
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == DigestVerdict::Accepted).count(), 1);
}

pub async fn forgetting_names_the_object_that_was_seen(catalog: Subject) {
    let (entry, other) = (build::entry(URL, Seq::new(3)), build::entry(URL, Seq::new(3)));
    catalog.record(&entry).await.expect("recorded");
    catalog.forget(&entry.key, &other.object).await.expect("fine");
    assert_eq!(there(&catalog, &entry).await.as_ref(), Some(&entry));
    catalog.forget(&entry.key, &entry.object).await.expect("forgotten");
    catalog.forget(&entry.key, &entry.object).await.expect("the absent is fine");
    assert_eq!(there(&catalog, &entry).await, None);
}

pub async fn an_entry_is_renewed_as_long_as_it_is_the_one_that_was_seen(catalog: Subject) {
    let (entry, other) = (build::entry(URL, Seq::new(3)), build::entry(URL, Seq::new(3)));
    catalog.record(&entry).await.expect("recorded");
    for now in [NOW, NOW.plus(HOUR), NOW] {
        let renewed = catalog.renew(&entry.key, &entry.object, now).await.expect("an answer");
        let expected = Entry { renewed_at: Some(now), ..entry.clone() };
        assert_eq!(
            (renewed.as_ref(), there(&catalog, &entry).await.as_ref()),
            (Some(&expected), Some(&expected))
        );
    }
    let late = catalog.renew(&entry.key, &other.object, NOW.plus(HOUR)).await.expect("an answer");
    assert_eq!(late, None);
    assert_eq!(there(&catalog, &entry).await.and_then(|there| there.renewed_at), Some(NOW));
}

pub async fn unused_sources_are_old_and_named_by_no_entry(catalog: Subject) {
    for number in 0..5 {
        admit(&catalog, &format!("http://a.test/{number}.jpg"), 0).await;
    }
    let used = build::entry("http://a.test/2.jpg", Seq::ZERO);
    catalog.record(&used).await.expect("recorded");
    let (none, _) = catalog.unused_sources(None, NOW, 10).await.expect("a page");
    assert!(none.is_empty(), "nothing is older than itself");
    let later = NOW.plus(Duration::from_millis(1));
    let mut unused = BTreeSet::new();
    let mut after = None;
    for _ in 0..10 {
        let (page, next) = catalog.unused_sources(after.as_ref(), later, 2).await.expect("a page");
        unused.extend(page);
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let expected = [0, 1, 3, 4].map(|number| build::source_ref(&format!("http://a.test/{number}.jpg")).id);
    assert_eq!(unused, BTreeSet::from(expected));
    for source in &unused {
        catalog.remove_source(source).await.expect("removed");
        catalog.remove_source(source).await.expect("the absent is fine");
    }
    let (page, next) = catalog.unused_sources(None, later, 2).await.expect("a page");
    assert!(page.is_empty() && next.is_none());
}

pub async fn the_ledger_begins_at_zero_with_one_incarnation(catalog: Subject) {
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!(ledger.seq, Seq::ZERO);
    assert!(!ledger.incarnation.is_empty());
    assert_eq!(catalog.ledger().await.expect("a ledger"), ledger);
}
