//! What every inventory must do. Each function takes stores of its own, empty.

use std::time::Duration;

use futures::future::join_all;

use super::build;
use super::catalog::{NOW, OTHER, URL};
use super::usage::{Subject, admit, entry_of, record, source_of, uses};
use crate::entry::{Digest, Entry, Seq, Validator};
use crate::ports::{Among, Page, Rank, SourceOrder, VariantOrder};
use crate::request::SourceId;
use crate::time::Timestamp;

/// Thirty sources of three hosts: many equals, and many of which nothing is known.
async fn sources(store: &Subject) -> Vec<String> {
    let urls: Vec<String> =
        (0..30).map(|n| format!("http://{}.test/{}/{n}.jpg", ["a", "b", "ab"][n % 3], n % 2)).collect();
    for (number, url) in (0_u64..).zip(&urls) {
        admit(store, url).await;
        let (id, at) = (SourceId::of(url), NOW.plus(Duration::from_secs(number / 4)));
        if number % 3 > 0 {
            store.add_to_sources(&[(id.clone(), uses(number / 5 + 1, at))]).await.expect("added");
        }
        if number % 4 > 1 {
            let (digest, validator) = (Digest::of(b"x"), Validator::default());
            store.accept_digest(&id, &digest, &validator, Seq::ZERO, at, at).await.expect("a verdict");
        }
        if number % 8 == 7 {
            store.note_change(&id, &Digest::of(b"y"), Seq::ZERO, at).await.expect("an answer");
        }
        let entry = Entry { size: 100 + number / 10, ..build::entry(url, Seq::ZERO) };
        if number % 2 == 0 {
            record(store, &entry).await;
        }
    }
    urls
}

/// The URLs of a list, walked in pages of four, with their ranks.
async fn walk(store: &Subject, among: &Among, order: SourceOrder) -> Vec<(String, Rank)> {
    let mut seen: Vec<(String, Rank)> = Vec::new();
    loop {
        let after = seen.last().map(|(_, rank)| rank.clone());
        let page = store.sources(among, &Page { order, after, limit: 4 }).await.expect("a page");
        assert!(page.len() <= 4);
        if page.is_empty() {
            return seen;
        }
        seen.extend(page.into_iter().map(|source| (source.url.clone(), order.rank(&source))));
    }
}

pub async fn pages_hold_every_source_once_the_greatest_first(store: Subject) {
    let urls = sources(&store).await;
    for order in SourceOrder::ALL {
        let seen = walk(&store, &Among::All, order).await;
        let mut sorted = seen.clone();
        sorted.sort_by(|(_, one), (_, other)| (other.number, &other.id).cmp(&(one.number, &one.id)));
        assert_eq!(seen, sorted, "{order:?}");
        let mut seen: Vec<String> = seen.into_iter().map(|(url, _)| url).collect();
        seen.sort();
        let mut urls = urls.clone();
        urls.sort();
        assert_eq!(seen, urls, "{order:?}");
    }
    let nothing = Page { order: SourceOrder::Uses, after: None, limit: 0 };
    assert_eq!(store.sources(&Among::All, &nothing).await.expect("a page"), []);
}

pub async fn sources_are_listed_by_host_by_prefix_and_by_tag(store: Subject) {
    let urls = sources(&store).await;
    let [tag, nobodys] = [urls[7].as_str(), "none"].map(|url| SourceId::of(url).tag());
    let among = [
        (Among::Host("a.test".to_owned()), "http://a.test/"),
        (Among::Host("a".to_owned()), "none"),
        (Among::Prefix("http://b.test/1/".to_owned()), "http://b.test/1/"),
        (Among::Prefix("http://a".to_owned()), "http://a"),
        (Among::Prefix(urls[3].clone()), urls[3].as_str()),
        (Among::Prefix("http://a.test/%".to_owned()), "none"),
        (Among::Tag(tag), urls[7].as_str()),
        (Among::Tag(nobodys), "none"),
    ];
    for (among, prefix) in among {
        for order in SourceOrder::ALL {
            let mut seen: Vec<_> =
                walk(&store, &among, order).await.into_iter().map(|(url, _)| url).collect();
            seen.sort();
            let mut expected: Vec<_> = urls.iter().filter(|url| url.starts_with(prefix)).cloned().collect();
            expected.sort();
            assert_eq!(seen, expected, "{among:?} {order:?}");
        }
    }
}

pub async fn what_is_used_while_a_list_is_walked_is_not_listed_twice(store: Subject) {
    sources(&store).await;
    let page = |after| Page { order: SourceOrder::Uses, after, limit: 10 };
    let first = store.sources(&Among::All, &page(None)).await.expect("a page");
    let used: Vec<_> = first.iter().map(|source| (source.id.clone(), uses(50, NOW))).collect();
    store.add_to_sources(&used).await.expect("added");
    let after = first.last().map(|source| SourceOrder::Uses.rank(source));
    let second = store.sources(&Among::All, &page(after)).await.expect("a page");
    assert_eq!(second.len(), 10);
    assert!(second.iter().all(|source| !first.iter().any(|seen| seen.id == source.id)));
}

/// The entry of `url`, `width` pixels wide.
fn variant(url: &str, width: u32, size: u64, created_at: Timestamp) -> Entry {
    Entry { key: build::key(url, width), size, created_at, ..build::entry(url, Seq::ZERO) }
}

pub async fn variants_are_those_that_name_the_source_the_greatest_first(store: Subject) {
    admit(&store, URL).await;
    for number in 0..9_u32 {
        let created = NOW.plus(Duration::from_secs(u64::from(number % 4)));
        let entry = variant(URL, 300 + number, u64::from(100 + number / 2), created);
        record(&store, &entry).await;
        if number % 3 > 0 {
            let used = uses(u64::from(number / 2 + 1), created);
            store.add_to_entries(&[(entry.key.clone(), used)]).await.expect("added");
        }
    }
    let mut redirected = build::entry(OTHER, Seq::ZERO);
    redirected.sources.push(build::made_from(URL));
    record(&store, &redirected).await;
    record(&store, &variant(OTHER, 500, 7, NOW)).await;
    for order in VariantOrder::ALL {
        let mut seen: Vec<Entry> = Vec::new();
        loop {
            let after = seen.last().map(|entry| order.rank(entry));
            let page = Page { order, after, limit: 4 };
            let page = store.variants(&SourceId::of(URL), &page).await.expect("a page");
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        let ranks: Vec<Rank> = seen.iter().map(|entry| order.rank(entry)).collect();
        assert!(
            ranks.is_sorted_by(|one, other| (one.number, &one.id) > (other.number, &other.id)),
            "{order:?} {ranks:?}"
        );
        assert_eq!(seen.len(), 10, "{order:?}");
        assert!(seen.contains(&entry_of(&store, &redirected).await));
    }
}

async fn tally(store: &Subject, url: &str) -> (u64, u64) {
    let source = source_of(store, url).await;
    (source.variants, source.bytes)
}

pub async fn a_source_knows_how_many_variants_and_bytes_there_are_of_it(store: Subject) {
    for url in [URL, OTHER] {
        admit(&store, url).await;
    }
    assert_eq!(tally(&store, URL).await, (0, 0));
    let mut first = variant(URL, 300, 10, NOW);
    first.sources.extend([build::made_from(OTHER), build::made_from(URL)]);
    record(&store, &first).await;
    let second = variant(URL, 301, 5, NOW);
    record(&store, &second).await;
    assert_eq!((tally(&store, URL).await, tally(&store, OTHER).await), ((2, 15), (1, 10)));
    // The redirect is gone, and the picture larger.
    let again = Entry { stamp: Seq::new(1), ..variant(URL, 300, 20, NOW) };
    record(&store, &again).await;
    record(&store, &first).await;
    assert_eq!((tally(&store, URL).await, tally(&store, OTHER).await), ((2, 25), (0, 0)));
    store.forget(&first.key, &first.object).await.expect("it is another's");
    assert_eq!(tally(&store, URL).await, (2, 25));
    store.forget(&again.key, &again.object).await.expect("forgotten");
    assert_eq!(tally(&store, URL).await, (1, 5));
}

pub async fn a_source_whose_document_was_lost_learns_anew_what_there_is_of_it(store: Subject) {
    record(&store, &variant(URL, 301, 5, NOW)).await;
    admit(&store, URL).await;
    record(&store, &Entry { stamp: Seq::new(1), ..variant(URL, 302, 1, NOW) }).await;
    assert_eq!(tally(&store, URL).await, (2, 6));
}

pub async fn variants_that_come_at_the_same_time_are_all_known(store: Subject) {
    admit(&store, URL).await;
    let entries: Vec<Entry> = (0..24).map(|number| variant(URL, 300 + number, 3, NOW)).collect();
    join_all(entries.iter().map(|entry| record(&store, entry))).await;
    assert_eq!(tally(&store, URL).await, (24, 72));
    join_all(entries.iter().take(20).map(async |entry| store.forget(&entry.key, &entry.object).await)).await;
    assert_eq!(tally(&store, URL).await, (4, 12));
}

pub async fn who_looks_for_unused_sources_tells_the_others_what_they_have(store: Subject) {
    // The entry is there before the document: as after a crash in between, nothing was written down.
    record(&store, &variant(URL, 300, 3, NOW)).await;
    admit(&store, URL).await;
    let later = NOW.plus(Duration::from_secs(1));
    let (unused, _) = store.unused_sources(None, later, 10).await.expect("a page");
    assert_eq!((unused, tally(&store, URL).await), (vec![], (1, 3)));
}
