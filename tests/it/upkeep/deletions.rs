//! What was replaced is removed.

use imcaxy_testkit::{Role, System};
use mongodb::bson::{DateTime, Document, doc};

use crate::harness::{
    Answer, Kept, database, discard, documents, remove_orphans, start, system, until, until_kept,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_replaced_is_deleted_when_its_readers_have_gone() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
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
    Answer::get(&system, 1, &path).await.hit();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_an_entry_names_again_is_left_alone() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    let [old] = &documents(&system.scope, "entries").await[..] else { panic!("one entry") };
    discard(&system, "large.jpg").await;
    Answer::get(&system, 0, &path).await.picture();
    until("it is replaced", async || documents(&system.scope, "outbox").await.len() == 1).await;
    let entries = database(&system.scope).await.collection::<Document>("entries");
    let key = old.get_str("_id").expect("a key");
    let new =
        entries.find_one_and_replace(doc! { "_id": key }, old).await.expect("replaced").expect("an entry");
    a_minute_passes(&system).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || documents(&system.scope, "outbox").await.is_empty()).await;
    assert_eq!(Kept::of(&system.scope).await.objects.len(), 2);
    entries.replace_one(doc! { "_id": key }, new).await.expect("as it was");
    // The program would never have written that entry again: one of the two is left to nobody.
    assert_eq!(remove_orphans(&system.scope).await, 1);
    system.finish().await;
}

/// For the outbox.
async fn a_minute_passes(system: &System) {
    let outbox = database(&system.scope).await.collection::<Document>("outbox");
    let long_ago = doc! { "$set": { "next_at": DateTime::from_millis(0) } };
    outbox.update_many(doc! {}, long_ago).await.expect("moved on");
}
