//! What is discarded is never answered again.

use imcaxy_shared::entry::{MOST_OPEN, Scope};
use imcaxy_shared::ports::Appended;
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::{Behaviour, Photo};

use crate::harness::{
    Answer, Stack, catalog, discard, ledger_is_read, on, on_both_stacks, start, until_hit, until_kept,
};

on_both_stacks! {
    a_discarded_source_is_rendered_again_by_every_replica,
    a_discard_that_was_broken_off_counts_and_the_next_render_goes_on_with_it,
}

async fn a_discarded_source_is_rendered_again_by_every_replica(stack: Stack) {
    let system = start(on(stack)).await;
    let [path, other] = ["large.jpg", "medium.jpg"].map(|photo| system.path("/resize?width=300", photo));
    let before = Answer::get(&system, 0, &path).await.picture();
    Answer::get(&system, 0, &other).await.picture();
    until_kept(&system, 2).await;
    system.origin.behave("large.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    discard(&system, "large.jpg").await;
    let after = Answer::get(&system, 1, &path).await.picture();
    assert_ne!(after.body, before.body);
    let now = system.path("/resize?width=300", "imaginary.jpg");
    assert_eq!(after.body, Answer::of_imaginary(&now, &[]).await.body);
    for replica in [0, 1] {
        let again = Answer::get(&system, replica, &path).await.picture();
        assert_eq!(again.body, after.body);
        // Another source.
        Answer::get(&system, replica, &other).await.hit();
    }
    assert_eq!(system.gauge.calls().len(), 3);
    system.finish().await;
}

async fn a_discard_that_was_broken_off_counts_and_the_next_render_goes_on_with_it(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let before = Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    system.origin.behave("large.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let catalog = catalog(&system.scope).await;
    let scope = Scope::Source(SourceId::of(&system.origin.url("large.jpg")));
    let appended = catalog.append(&[scope], MOST_OPEN).await.expect("appended");
    assert!(matches!(appended, Appended::At(_)), "{appended:?}");
    ledger_is_read(&system).await;
    let after = Answer::get(&system, 1, &path).await.picture();
    assert_ne!(after.body, before.body);
    assert_eq!(until_hit(&system, 0, &path).await.body, after.body);
    assert_eq!(catalog.ledger().await.expect("a ledger").open().count(), 0);
    system.finish().await;
}
