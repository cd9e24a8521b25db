//! Pictures that get old.

use imcaxy_testkit::{Behaviour, Photo, System};

use crate::harness::{
    Answer, Kept, Stack, Table, ids, living_jobs, no_job_lives, on, on_both_stacks, start, until, until_hit,
    until_kept,
};

on_both_stacks! {
    a_hit_says_when_it_expires,
    a_stale_picture_is_answered_while_it_is_renewed_and_an_unchanged_source_is_not_rendered_again,
    past_its_grace_a_picture_is_waited_for_and_is_the_last_resort,
    a_stale_picture_whose_source_has_changed_gives_way_to_the_new_one,
    within_its_grace_a_picture_outlives_its_source,
    without_a_last_resort_a_picture_that_cannot_be_renewed_is_not_answered,
}

/// Asks until the picture is answered so.
async fn until_told(system: &System, replica: usize, path: &str, told: &str) -> Answer {
    let so = |answer: &Answer| answer.cache_status().contains(told);
    let last = std::sync::Mutex::new(None);
    until(told, async || {
        let answer = Answer::get(system, replica, path).await;
        let found = so(&answer);
        *last.lock().expect("unpoisoned") = Some(answer);
        found
    })
    .await;
    last.into_inner().expect("unpoisoned").expect("an answer").picture()
}

/// Fails the test unless this says that it is stale, and is to be asked for again by caches downstream.
fn stale(answer: &Answer) {
    let ttl = answer.cache_status().strip_prefix("imcaxy; hit; ttl=-").and_then(|rest| rest.split_once(';'));
    assert!(
        ttl.is_some_and(|(ttl, rest)| ttl.parse::<u32>().is_ok() && rest == " detail=stale"),
        "{answer:?}"
    );
    assert_eq!(answer.header("cache-control"), "no-cache");
}

async fn a_hit_says_when_it_expires(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_CACHE_TTL", "1h")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    Answer::get(&system, 0, &path).await.picture();
    let hit = until_hit(&system, 1, &path).await;
    let ttl =
        hit.cache_status().strip_prefix("imcaxy; hit; ttl=").and_then(|rest| rest.split_once("; detail="));
    assert!(ttl.is_some_and(|(ttl, _)| (3_500..3_600).contains(&ttl.parse().expect("seconds"))), "{hit:?}");
    assert_eq!(hit.header("cache-control"), "public, max-age=300");
    system.finish().await;
}

async fn a_stale_picture_is_answered_while_it_is_renewed_and_an_unchanged_source_is_not_rendered_again(
    stack: Stack,
) {
    let system = start(on(stack).env("IMCAXY_CACHE_TTL", "2s")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    let gate = system.origin.hold("medium.jpg");
    let old = until_told(&system, 0, &path, "detail=stale").await;
    stale(&old);
    gate.wait_for(1).await;
    // Nobody waits for it, and it is one job however many ask.
    for replica in [0, 1, 0, 1] {
        stale(&Answer::get(&system, replica, &path).await.picture());
    }
    assert_eq!((gate.waiting(), living_jobs(&system).await), (1, 1));
    gate.open();
    let renewed = until_told(&system, 1, &path, "hit; ttl=1; detail=").await;
    for answer in [&old, &renewed] {
        for name in ["etag", "last-modified", "content-type"] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
        assert_eq!(answer.body, first.body);
    }
    no_job_lives(&system).await;
    assert_eq!(system.gauge.calls().len(), 1);
    let [entry] = &Kept::of(&system.scope).await.entries[..] else { panic!("one entry is kept") };
    assert!(entry.renewed_at.is_some(), "{entry:?}");
    system.finish().await;
}

async fn past_its_grace_a_picture_is_waited_for_and_is_the_last_resort(stack: Stack) {
    let system = start(
        on(stack)
            .env("IMCAXY_CACHE_TTL", "500ms")
            .env("IMCAXY_CACHE_GRACE", "0s")
            .env("IMCAXY_NEGATIVE_TTL", "1s"),
    )
    .await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    let renewed = until_told(&system, 0, &path, "fwd=stale").await;
    assert_eq!(renewed.cache_status(), "imcaxy; fwd=stale; fwd-status=200");
    assert_eq!(renewed.header("cache-control"), "public, max-age=300");
    assert_eq!(
        (renewed.body, renewed.headers["last-modified"].clone()),
        (first.body.clone(), first.headers["last-modified"].clone())
    );
    assert_eq!(system.gauge.calls().len(), 1, "its source is unchanged");

    system.origin.behave("medium.jpg", Behaviour::status(500));
    let resort = until_told(&system, 0, &path, "detail=stale").await;
    stale(&resort);
    assert_eq!(resort.body, first.body);

    // What is definite is told.
    system.origin.behave("medium.jpg", Behaviour::status(404));
    until("it is gone", async || Answer::get(&system, 1, &path).await.status == 404).await;
    Answer::get(&system, 0, &path).await.refused(404, "source_gone");
    no_job_lives(&system).await;
    system.finish().await;
}

async fn a_stale_picture_whose_source_has_changed_gives_way_to_the_new_one(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_CACHE_TTL", "1s")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let old = until_told(&system, 0, &path, "detail=stale").await;
    assert_eq!(old.body, first.body);
    let new = Answer::of_imaginary(&system.path("/resize?width=300", "imaginary.jpg"), &[]).await.body;
    until("it is the new one", async || Answer::get(&system, 1, &path).await.picture().body == new).await;
    no_job_lives(&system).await;
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

async fn within_its_grace_a_picture_outlives_its_source(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_CACHE_TTL", "500ms").env("IMCAXY_NEGATIVE_TTL", "30s")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::status(404));
    until_told(&system, 0, &path, "detail=stale").await;
    until("that is known", async || ids(&system.scope, Table::Failures).await.len() == 1).await;
    for replica in [0, 1] {
        stale(&Answer::get(&system, replica, &path).await.picture());
    }
    no_job_lives(&system).await;
    assert_eq!(system.origin.count("medium.jpg"), 2, "and is not asked again for a while");
    system.finish().await;
}

async fn without_a_last_resort_a_picture_that_cannot_be_renewed_is_not_answered(stack: Stack) {
    let settings = [("TTL", "500ms"), ("GRACE", "0s"), ("STALE_IF_ERROR", "0s")];
    let system = settings
        .into_iter()
        .fold(on(stack), |system, (name, value)| system.env(&format!("IMCAXY_CACHE_{name}"), value));
    let system = start(system).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    system.origin.behave("medium.jpg", Behaviour::status(500));
    until("its time is over", async || Answer::get(&system, 0, &path).await.status == 502).await;
    Answer::get(&system, 1, &path).await.refused(502, "source_failed");
    system.finish().await;
}
