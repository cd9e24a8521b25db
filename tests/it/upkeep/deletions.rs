//! What was replaced is removed.

use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::config::Secret;
use imcaxy_shared::ports::Catalog as _;
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::{Role, System};
use mongodb::bson::{DateTime, Document, doc};

use crate::harness::{Answer, Kept, documents, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_replaced_is_deleted_when_its_readers_have_gone() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until("it is kept", async || Kept::of(&system.scope).await.entries.len() == 1).await;
    let old = Kept::of(&system.scope).await.objects;
    discard(&system, "large.jpg").await;
    Answer::get(&system, 0, &path).await.picture();
    until("it is replaced", async || documents(&system.scope, "outbox").await.len() == 1).await;
    let both = Kept::of(&system.scope).await.objects;
    assert_eq!(both.len(), 2, "the old one may have a reader still");
    a_minute_passes(&system).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || documents(&system.scope, "outbox").await.is_empty()).await;
    let left = Kept::of(&system.scope).await.objects;
    assert_eq!(left, both.difference(&old).cloned().collect());
    let hit = Answer::get(&system, 1, &path).await.picture();
    assert!(hit.cache_status().contains("hit"), "{}", hit.cache_status());
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_an_entry_names_again_is_left_alone() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until("it is kept", async || Kept::of(&system.scope).await.entries.len() == 1).await;
    let [old] = &documents(&system.scope, "entries").await[..] else { panic!("one entry") };
    discard(&system, "large.jpg").await;
    Answer::get(&system, 0, &path).await.picture();
    until("it is replaced", async || documents(&system.scope, "outbox").await.len() == 1).await;
    let entries = database(&system).await.collection::<Document>("entries");
    let key = old.get_str("_id").expect("a key");
    let new =
        entries.find_one_and_replace(doc! { "_id": key }, old).await.expect("replaced").expect("an entry");
    a_minute_passes(&system).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || documents(&system.scope, "outbox").await.is_empty()).await;
    assert_eq!(Kept::of(&system.scope).await.objects.len(), 2);
    entries.replace_one(doc! { "_id": key }, new).await.expect("as it was");
    system.forgive_leftovers().finish().await;
}

async fn database(system: &System) -> mongodb::Database {
    let client = mongodb::Client::with_uri_str(&system.scope.mongodb_url).await.expect("MongoDB");
    client.default_database().expect("a database")
}

async fn discard(system: &System, photo: &str) {
    let url = Secret::from(system.scope.mongodb_url.clone());
    let catalog = MongoCatalog::open(&url).await.expect("a URL that is understood");
    catalog.discard(&SourceId::of(&system.origin.url(photo))).await.expect("discarded");
}

/// For the outbox.
async fn a_minute_passes(system: &System) {
    let outbox = database(system).await.collection::<Document>("outbox");
    let long_ago = doc! { "$set": { "next_at": DateTime::from_millis(0) } };
    outbox.update_many(doc! {}, long_ago).await.expect("moved on");
}
