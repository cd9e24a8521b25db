//! What was replaced is removed.

use imcaxy_shared::entry::Entry;
use imcaxy_shared::ports::Recorded;
use imcaxy_testkit::{Role, System};

use crate::harness::{
    Answer, Kept, Stack, Table, catalog, discard, ids, on, on_both_stacks, outbox_is_due, remove_orphans,
    start, until, until_kept,
};

on_both_stacks! {
    an_object_that_was_replaced_is_deleted_when_its_readers_have_gone,
    an_object_that_an_entry_names_again_is_left_alone,
}

async fn an_object_that_was_replaced_is_deleted_when_its_readers_have_gone(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    let old = Kept::of(&system.scope).await.objects;
    discard(&system, "large.jpg").await;
    Answer::get(&system, 0, &path).await.picture();
    until("it is replaced", async || ids(&system.scope, Table::Outbox).await.len() == 1).await;
    let both = Kept::of(&system.scope).await.objects;
    assert_eq!(both.len(), 2, "the old one may have a reader still");
    outbox_is_due(&system.scope).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || ids(&system.scope, Table::Outbox).await.is_empty()).await;
    let left = Kept::of(&system.scope).await.objects;
    assert_eq!(left, both.difference(&old).cloned().collect());
    Answer::get(&system, 1, &path).await.hit();
    system.finish().await;
}

async fn an_object_that_an_entry_names_again_is_left_alone(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    let old = the_entry(&system).await;
    discard(&system, "large.jpg").await;
    Answer::get(&system, 0, &path).await.picture();
    until("it is replaced", async || ids(&system.scope, Table::Outbox).await.len() == 1).await;
    let new = the_entry(&system).await;
    // As if it had been made since the discard.
    let old = Entry { stamp: new.stamp, ..old };
    put(&system, &new, &old).await;
    outbox_is_due(&system.scope).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || ids(&system.scope, Table::Outbox).await.is_empty()).await;
    assert_eq!(Kept::of(&system.scope).await.objects.len(), 2);
    put(&system, &old, &new).await;
    // The program would never have written that entry again: one of the two is left to nobody.
    assert_eq!(remove_orphans(&system.scope).await, 1);
    system.finish().await;
}

async fn the_entry(system: &System) -> Entry {
    let [entry] = &Kept::of(&system.scope).await.entries[..] else { panic!("one entry") };
    entry.clone()
}

/// Puts one entry in the place of another.
async fn put(system: &System, there: &Entry, entry: &Entry) {
    let catalog = catalog(&system.scope).await;
    catalog.forget(&there.key, &there.object).await.expect("forgotten");
    let recorded = catalog.record(entry).await.expect("recorded");
    assert!(matches!(&recorded, Recorded::Kept { replaced } if replaced.is_empty()), "{recorded:?}");
}
