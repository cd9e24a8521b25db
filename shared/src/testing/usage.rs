//! What every usage log must do, beside the catalog whose entries and sources it counts. Each function takes stores of its own,
//! empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::build;
use super::catalog::{NOW, OTHER, URL};
use crate::entry::{Day, Digest, Entry, Seq, Source, Uses, Validator};
use crate::ports::{Catalog, Inventory, UsageLog, UsesOnDay};
use crate::request::SourceId;
use crate::time::Timestamp;

/// The ports of one store.
pub trait Store: Catalog + Inventory + UsageLog {}

impl<S: Catalog + Inventory + UsageLog> Store for S {}

pub(super) type Subject = Arc<dyn Store>;

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(super) fn uses(count: u64, last: Timestamp) -> Uses {
    Uses { count, last }
}

fn id(url: &str) -> SourceId {
    build::source_ref(url).id
}

pub(super) async fn admit(store: &Subject, url: &str) {
    let host = url.split('/').nth(2).unwrap_or_default();
    store.admit(&build::source_ref(url), host, Seq::ZERO, NOW).await.expect("admitted");
}

pub(super) async fn record(store: &Subject, entry: &Entry) {
    store.record(entry).await.expect("recorded");
}

pub(super) async fn entry_of(store: &Subject, entry: &Entry) -> Entry {
    store.find(&entry.key, &[]).await.expect("found").entry.expect("an entry")
}

pub(super) async fn source_of(store: &Subject, url: &str) -> Source {
    store.source(&id(url)).await.expect("an answer").expect("a source")
}

async fn add(store: &Subject, entry: &Entry, uses: Uses) {
    let absent = store.add_to_entries(&[(entry.key.clone(), uses)]).await.expect("added");
    assert!(absent.is_empty(), "{absent:?}");
}

pub async fn uses_add_up_and_the_last_is_the_latest(store: Subject) {
    let entry = build::entry(URL, Seq::ZERO);
    admit(&store, URL).await;
    record(&store, &entry).await;
    for uses in [uses(3, after(5)), uses(2, after(1))] {
        add(&store, &entry, uses).await;
        store.add_to_sources(&[(id(URL), uses)]).await.expect("added");
    }
    let entry = entry_of(&store, &entry).await;
    assert_eq!((entry.uses, entry.last_used_at), (5, Some(after(5))));
    let source = source_of(&store, URL).await;
    assert_eq!((source.uses, source.last_used_at), (5, Some(after(5))));
}

pub async fn counting_makes_nothing_and_names_the_entries_that_are_not_there(store: Subject) {
    let (there, absent) = (build::entry(URL, Seq::ZERO), build::entry(OTHER, Seq::ZERO));
    record(&store, &there).await;
    let one = uses(1, NOW);
    let told = store.add_to_entries(&[(absent.key.clone(), one), (there.key.clone(), one)]).await;
    assert_eq!(told.expect("added"), std::slice::from_ref(&absent.key));
    store.add_to_sources(&[(id(URL), one)]).await.expect("added");
    assert_eq!(store.add_to_entries(&[]).await.expect("nothing"), []);
    store.add_to_sources(&[]).await.expect("nothing");
    assert_eq!(entry_of(&store, &there).await.uses, 1);
    assert_eq!(store.find(&absent.key, &[]).await.expect("found").entry, None);
    assert_eq!(store.source(&id(URL)).await.expect("an answer"), None);
}

pub async fn of_many_who_count_at_once_each_counts(store: Subject) {
    let entries = [build::entry(URL, Seq::ZERO), build::entry(OTHER, Seq::ZERO)];
    for (entry, url) in entries.iter().zip([URL, OTHER]) {
        admit(&store, url).await;
        record(&store, entry).await;
    }
    let one = uses(1, NOW);
    let keys = [(entries[0].key.clone(), one), (entries[1].key.clone(), one)];
    let sources = [(id(URL), one), (id(OTHER), one)];
    join_all((0..20).map(async |_| {
        store.add_to_entries(&keys).await.expect("added");
        store.add_to_sources(&sources).await.expect("added");
    }))
    .await;
    for (entry, url) in entries.iter().zip([URL, OTHER]) {
        assert_eq!((entry_of(&store, entry).await.uses, source_of(&store, url).await.uses), (20, 20));
    }
}

pub async fn a_thousand_are_counted_together(store: Subject) {
    admit(&store, URL).await;
    let keys: Vec<_> = (0..999).map(|width| (build::key(URL, width + 1), uses(1, NOW))).collect();
    let entry = build::entry(URL, Seq::ZERO);
    record(&store, &entry).await;
    let absent = store.add_to_entries(&keys).await.expect("added");
    assert_eq!(absent.len(), 998, "the one of 300 pixels is there");
    let sources: Vec<_> = (0..1000).map(|number| (id(&format!("{URL}?{number}")), uses(1, NOW))).collect();
    let sources: Vec<_> = sources.into_iter().chain([(id(URL), uses(2, NOW))]).collect();
    store.add_to_sources(&sources).await.expect("added");
    assert_eq!(source_of(&store, URL).await.uses, 2);
}

pub async fn what_is_rendered_again_or_learnt_anew_keeps_its_uses(store: Subject) {
    let (first, second) = (build::entry(URL, Seq::ZERO), build::entry(URL, Seq::new(4)));
    admit(&store, URL).await;
    record(&store, &first).await;
    add(&store, &first, uses(3, NOW)).await;
    store.add_to_sources(&[(id(URL), uses(3, NOW))]).await.expect("added");
    store.renew(&first.key, &first.object, after(1)).await.expect("renewed");
    let renewed = entry_of(&store, &first).await;
    assert_eq!((renewed.uses, renewed.renewed_at), (3, Some(after(1))));
    record(&store, &second).await;
    let again = entry_of(&store, &second).await;
    assert_eq!(again, Entry { uses: 3, last_used_at: Some(NOW), ..second.clone() });
    add(&store, &second, uses(1, after(2))).await;
    // One that was counted before it is recorded, as a copy of a catalog might be.
    let copied = Entry { uses: 5, last_used_at: Some(after(1)), ..build::entry(URL, Seq::new(5)) };
    record(&store, &copied).await;
    let third = entry_of(&store, &copied).await;
    assert_eq!((third.uses, third.last_used_at), (9, Some(after(2))));
    store
        .accept_digest(&id(URL), &Digest::of(b"x"), &Validator::default(), Seq::new(1), NOW, NOW)
        .await
        .expect("a verdict");
    store.note_change(&id(URL), &Digest::of(b"y"), Seq::new(1), NOW).await.expect("an answer");
    store.mark_unsteady(&id(URL), NOW).await.expect("marked");
    store.outdate(&[id(URL)], Seq::new(7), NOW).await.expect("discarded");
    admit(&store, URL).await;
    let source = source_of(&store, URL).await;
    assert_eq!((source.uses, source.last_used_at), (3, Some(NOW)));
}

fn on(day: i64, url: &str, uses: u64) -> UsesOnDay {
    UsesOnDay { source: id(url), day: Day::from_number(day), uses }
}

async fn days(store: &Subject, url: &str, since: i64) -> Vec<(i64, u64)> {
    let days = store.days(&id(url), Day::from_number(since)).await.expect("days");
    days.into_iter().map(|(day, uses)| (day.number(), uses)).collect()
}

pub async fn a_day_is_the_sum_of_all_runs_and_a_number_that_is_written_twice_counts_once(store: Subject) {
    store.note_days("a", &[]).await.expect("nothing");
    for _ in 0..2 {
        store
            .note_days("a", &[on(20_000, URL, 5), on(20_000, OTHER, 1), on(20_001, URL, 2)])
            .await
            .expect("noted");
        store.note_days("b", &[on(20_000, URL, 7)]).await.expect("noted");
    }
    assert_eq!(days(&store, URL, 20_000).await, [(20_000, 12), (20_001, 2)]);
    store.note_days("a", &[on(20_000, URL, 6)]).await.expect("noted");
    // Late, and so less than what is there.
    store.note_days("b", &[on(20_000, URL, 3)]).await.expect("noted");
    assert_eq!(days(&store, URL, 19_000).await, [(20_000, 13), (20_001, 2)]);
    assert_eq!(days(&store, URL, 20_001).await, [(20_001, 2)]);
    assert_eq!(days(&store, OTHER, 0).await, [(20_000, 1)]);
    assert_eq!(days(&store, "http://a.test/never.jpg", 0).await, []);
}

pub async fn days_are_forgotten_in_batches(store: Subject) {
    for run in ["a", "b"] {
        let noted: Vec<_> = (0..5).map(|day| on(day, URL, 1)).collect();
        store.note_days(run, &noted).await.expect("noted");
    }
    let forget = |before, limit| {
        let store = Arc::clone(&store);
        async move { store.forget_days(Day::from_number(before), limit).await.expect("forgotten") }
    };
    assert_eq!(forget(3, 0).await, 0);
    assert_eq!(forget(3, 4).await, 4);
    assert_eq!(forget(3, 4).await, 2);
    assert_eq!(forget(3, 4).await, 0);
    assert_eq!(days(&store, URL, 0).await, [(3, 2), (4, 2)]);
}
