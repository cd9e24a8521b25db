//! Stores that have lost something cost a render, never a wrong answer.

use imcaxy_testkit::{Behaviour, Photo, System};

use crate::harness::{Answer, Kept, Stack, catalog, on, on_both_stacks, start, store, until_hit, until_kept};

on_both_stacks! {
    an_entry_that_lost_its_object_is_rendered_again_at_once,
    a_source_that_was_forgotten_and_changed_never_mixes_old_pictures_with_new_ones,
    an_entry_without_its_source_document_is_rendered_again,
}

async fn an_entry_that_lost_its_object_is_rendered_again_at_once(stack: Stack) {
    // Without a memory tier: what is in memory needs no object.
    let system = start(on(stack).env("IMCAXY_CACHE_MEMORY", "0")).await;
    let path = system.path("/convert?type=png", "large.jpg");
    let before = Answer::get(&system, 0, &path).await.picture();
    let kept = Kept::of(&system.scope).await;
    let store = store(&system.scope);
    for object in &kept.objects {
        store.delete(&object.parse().expect("a name")).await.expect("deleted");
    }
    for replica in [1, 0] {
        let after = Answer::get(&system, replica, &path).await.picture();
        assert_eq!(after.body, before.body);
    }
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

async fn a_source_that_was_forgotten_and_changed_never_mixes_old_pictures_with_new_ones(stack: Stack) {
    let system = start(on(stack)).await;
    let [old, other] = [300, 200].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    let before = Answer::get(&system, 0, &old).await.picture();
    until_kept(&system, 1).await;
    forget_sources(&system).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    // Another variant brings the source back, with its new bytes; the old picture's stamp is as good as the new one's.
    Answer::get(&system, 0, &other).await.picture();
    until_kept(&system, 2).await;
    let after = Answer::get(&system, 1, &old).await.picture();
    assert_ne!(after.body, before.body);
    until_hit(&system, 0, &old).await;
    for replica in [0, 1] {
        let hit = Answer::get(&system, replica, &old).await.picture();
        assert_eq!(
            (hit.body, hit.headers["etag"].clone()),
            (after.body.clone(), after.headers["etag"].clone())
        );
    }
    let scope = system.scope.clone();
    system.finish().await;
    assert_eq!(Kept::of(&scope).await.entries.len(), 2);
}

async fn an_entry_without_its_source_document_is_rendered_again(stack: Stack) {
    // Without a memory tier: what is in memory is asked about once a minute.
    let system = start(on(stack).env("IMCAXY_CACHE_MEMORY", "0")).await;
    let path = system.path("/convert?type=png", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    forget_sources(&system).await;
    Answer::get(&system, 1, &path).await.picture();
    assert_eq!(system.gauge.calls().len(), 2);
    Answer::get(&system, 0, &path).await.hit();
    system.finish().await;
}

async fn forget_sources(system: &System) {
    let catalog = catalog(&system.scope).await;
    for source in Kept::of(&system.scope).await.sources {
        catalog.remove_source(&source.id).await.expect("removed");
    }
}
