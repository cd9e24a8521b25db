//! What a flush of uses takes: figures, for docs/measurements.md.

use std::sync::Arc;
use std::time::Instant;

use imcaxy_shared::entry::{Day, Entry, Seq, Uses};
use imcaxy_shared::ports::{Catalog as _, UsageLog, UsesOnDay};
use imcaxy_shared::request::{CacheKey, SourceId};
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;
use mongodb::bson::{Document, doc};

use super::{embedded, remote};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KEYS: u32 = 10_000;
/// As a process writes them down.
const AT_ONCE: usize = 500;

/// Ten variants of each source.
fn url(number: u32) -> String {
    format!("http://a.test/{}.jpg", number / 10)
}

fn entry(number: u32) -> Entry {
    Entry { key: build::key(&url(number), number + 1), ..build::entry(&url(number), Seq::ZERO) }
}

#[expect(clippy::print_stdout, reason = "it tells figures")]
async fn flush(name: &str, log: Arc<dyn UsageLog>) {
    let one = Uses::one(NOW);
    let keys: Vec<(CacheKey, Uses)> = (0..KEYS).map(|number| (entry(number).key, one)).collect();
    let ids: Vec<SourceId> = (0..KEYS).step_by(10).map(|number| build::source_ref(&url(number)).id).collect();
    let sources: Vec<(SourceId, Uses)> = ids.iter().map(|id| (id.clone(), one)).collect();
    for round in 0..3 {
        let days: Vec<UsesOnDay> = ids
            .iter()
            .map(|id| UsesOnDay { source: id.clone(), day: Day::of(NOW), uses: round + 1 })
            .collect();
        let began = Instant::now();
        for some in keys.chunks(AT_ONCE) {
            assert!(log.add_to_entries(some).await.expect("added").is_empty());
        }
        let entries = began.elapsed();
        for some in sources.chunks(AT_ONCE) {
            log.add_to_sources(some).await.expect("added");
        }
        for some in days.chunks(AT_ONCE) {
            log.note_days("a", some).await.expect("noted");
        }
        println!(
            "{name}: {KEYS} keys {entries:?}, with {} sources and days {:?}",
            ids.len(),
            began.elapsed()
        );
    }
}

#[tokio::test]
#[ignore = "it measures"]
async fn a_flush_of_ten_thousand_keys_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = embedded::sqlite(folder.path());
    for number in 0..KEYS {
        catalog.admit(&build::source_ref(&url(number)), "a.test", Seq::ZERO, NOW).await.expect("admitted");
        catalog.record(&entry(number)).await.expect("recorded");
    }
    flush("SQLite", Arc::new(catalog)).await;
}

#[tokio::test]
#[ignore = "it measures"]
async fn a_flush_of_ten_thousand_keys_on_mongodb() {
    let name = remote::unique();
    let catalog = remote::mongodb_of(&name).await;
    for number in (0..KEYS).step_by(10) {
        catalog.admit(&build::source_ref(&url(number)), "a.test", Seq::ZERO, NOW).await.expect("admitted");
    }
    catalog.record(&entry(0)).await.expect("recorded");
    // The stand-in goes through all of them to count those of a source: recording them one by one would take minutes.
    let client =
        mongodb::Client::with_uri_str(remote::servers().mongodb_database(&name)).await.expect("MongoDB");
    let entries = client.database(&name).collection::<Document>("entries");
    let one = entries.find_one(doc! {}).await.expect("an answer").expect("an entry");
    let others = (1..KEYS).map(|number| {
        let mut other = one.clone();
        other.insert("_id", entry(number).key.as_str());
        other
    });
    entries.insert_many(others).await.expect("inserted");
    flush("MongoDB", Arc::new(catalog)).await;
}
