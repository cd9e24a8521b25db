//! Sources that change: variants of one source that are hits were made from the same bytes.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::future::join_all;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Behaviour, Photo, System};
use reqwest::Method;

use crate::harness::{
    Answer, Kept, Stack, catalog, no_job_lives, on, on_both_stacks, start, until, until_hit, until_kept,
    waiting_requests,
};

on_both_stacks! {
    a_variant_of_a_source_that_has_changed_takes_the_older_variants_with_it,
    all_who_wait_while_a_change_is_found_get_the_new_picture,
    many_variants_that_find_one_change_at_once_cause_one_discard,
    a_redirect_to_a_source_that_has_changed_takes_its_new_bytes,
    a_source_that_changes_at_every_fetch_is_answered_and_discarded_once_a_minute,
}

/// A system whose workers fetch for each job.
fn unkept(stack: Stack) -> Builder {
    on(stack).env("IMCAXY_SOURCES_KEEP", "none")
}

async fn get(system: &System, replica: usize, width: u32, photo: &str) -> Answer {
    Answer::get(system, replica, &variant(system, width, photo)).await.picture()
}

fn variant(system: &System, width: u32, photo: &str) -> String {
    system.path(&format!("/resize?width={width}"), photo)
}

/// What imaginary itself makes of a photograph.
async fn made_of(system: &System, width: u32, photo: &str) -> Bytes {
    Answer::of_imaginary(&variant(system, width, photo), &[]).await.picture().body
}

/// How many discards there were.
async fn discards(system: &System) -> i64 {
    catalog(&system.scope).await.ledger().await.expect("a ledger").seq.get()
}

/// The digests that the entries were made from.
async fn digests(system: &System) -> BTreeSet<String> {
    let kept = Kept::of(&system.scope).await;
    kept.entries.iter().map(|entry| entry.sources[0].digest.as_str().to_owned()).collect()
}

/// A photograph with something behind its end, which changes its bytes and not the picture.
async fn versions(photo: &str, count: u8) -> Vec<Bytes> {
    let photo = Photo::bytes(photo).await;
    (0..count).map(|version| [&photo[..], &[version]].concat().into()).collect()
}

async fn a_variant_of_a_source_that_has_changed_takes_the_older_variants_with_it(stack: Stack) {
    let system = start(unkept(stack)).await;
    let old = get(&system, 0, 300, "medium.jpg").await;
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    assert_eq!(get(&system, 1, 200, "medium.jpg").await.body, made_of(&system, 200, "imaginary.jpg").await);
    assert_eq!((discards(&system).await, system.origin.count("medium.jpg")), (1, 3));
    let again = get(&system, 0, 300, "medium.jpg").await;
    assert_ne!(again.body, old.body);
    assert_eq!(again.body, made_of(&system, 300, "imaginary.jpg").await);
    for width in [200, 300] {
        until_hit(&system, 0, &variant(&system, width, "medium.jpg")).await;
    }
    assert_eq!((discards(&system).await, digests(&system).await.len()), (1, 1));
    system.finish().await;
}

async fn all_who_wait_while_a_change_is_found_get_the_new_picture(stack: Stack) {
    let system = start(unkept(stack)).await;
    get(&system, 0, 300, "medium.jpg").await;
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let gate = system.origin.hold("medium.jpg");
    let path = variant(&system, 210, "medium.jpg");
    let asked: Vec<_> = (0..10).map(|number| begin(system.request(Method::GET, number % 2, &path))).collect();
    until("all wait", async || waiting_requests(&system).await == 10).await;
    gate.open();
    let new = made_of(&system, 210, "imaginary.jpg").await;
    for asked in asked {
        assert_eq!(Answer::to(asked).await.picture().body, new);
    }
    assert_eq!(discards(&system).await, 1);
    system.finish().await;
}

async fn many_variants_that_find_one_change_at_once_cause_one_discard(stack: Stack) {
    let system = start(unkept(stack)).await;
    get(&system, 0, 300, "medium.jpg").await;
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let widths: Vec<u32> = (100..110).collect();
    join_all(widths.iter().map(|width| get(&system, *width as usize % 2, *width, "medium.jpg"))).await;
    no_job_lives(&system).await;
    assert_eq!((discards(&system).await, digests(&system).await.len()), (1, 2));
    for width in widths {
        Answer::get(&system, 0, &variant(&system, width, "medium.jpg")).await.hit();
    }
    system.finish().await;
}

async fn a_redirect_to_a_source_that_has_changed_takes_its_new_bytes(stack: Stack) {
    let system = start(unkept(stack)).await;
    system.origin.behave("old.jpg", Behaviour::redirect_to(&system.origin.url("medium.jpg")));
    get(&system, 0, 300, "old.jpg").await;
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let new = made_of(&system, 200, "imaginary.jpg").await;
    assert_eq!(get(&system, 1, 200, "old.jpg").await.body, new);
    assert_eq!(until_hit(&system, 0, &variant(&system, 200, "old.jpg")).await.body, new);
    assert_eq!(discards(&system).await, 2, "the redirect and its target");
    let again = get(&system, 0, 300, "old.jpg").await;
    assert_eq!(again.body, made_of(&system, 300, "imaginary.jpg").await);
    system.finish().await;
}

async fn a_source_that_changes_at_every_fetch_is_answered_and_discarded_once_a_minute(stack: Stack) {
    let system = start(unkept(stack)).await;
    system.origin.behave("medium.jpg", Behaviour::in_turn(versions("medium.jpg", 100).await));
    let picture = get(&system, 0, 300, "medium.jpg").await;
    until_kept(&system, 1).await;
    for width in 200..210 {
        get(&system, width as usize % 2, width, "medium.jpg").await;
    }
    let again = get(&system, 1, 300, "medium.jpg").await;
    assert_eq!(again.body, picture.body, "what is behind the end of a photograph is no part of it");
    no_job_lives(&system).await;
    assert_eq!(discards(&system).await, 1);
    let kept = Kept::of(&system.scope).await;
    assert_eq!(kept.entries.len(), 1, "only what was made when it seemed steady");
    assert!(kept.sources[0].unsteady_until.is_some(), "{:?}", kept.sources);
    assert!(!again.is_hit());
    system.finish().await;
}
