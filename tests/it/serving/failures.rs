//! What is remembered of renders that failed.

use imcaxy_shared::entry::{Failure, FailureCode, RememberedFailure, Seq};
use imcaxy_shared::ports::{Clock as _, SystemClock};
use imcaxy_shared::testing::build;
use imcaxy_testkit::Behaviour;

use crate::harness::{
    Answer, Stack, catalog, discard, discard_source, failures, on, on_both_stacks, start, until,
};

on_both_stacks! {
    a_remembered_failure_is_answered_without_a_render_until_its_source_is_discarded,
    a_source_that_is_gone_is_asked_once_and_every_replica_knows,
    a_source_that_stays_gone_is_asked_ever_less_often,
    what_may_pass_is_told_to_those_who_wait_and_the_next_one_asks_again,
    with_none_no_failure_of_a_source_is_remembered,
}

async fn a_remembered_failure_is_answered_without_a_render_until_its_source_is_discarded(stack: Stack) {
    let system = start(on(stack)).await;
    let catalog = catalog(&system.scope).await;
    let url = system.origin.url("large.jpg");
    let source = build::source_ref(&url);
    let failure = Failure::new(FailureCode::Internal, "three workers were lost over it");
    let (key, now) = (build::key(&url, 300), SystemClock.now());
    let failed = RememberedFailure::new(key, vec![source.clone()], Seq::ZERO, failure, now);
    catalog.remember(&failed).await.expect("remembered");
    let path = format!("/resize?width=300&url={url}");
    for replica in [0, 1] {
        let refused = Answer::get(&system, replica, &path).await.refused(500, "internal");
        assert_eq!(refused.json()["message"], "three workers were lost over it");
    }
    assert_eq!(system.gauge.calls().len(), 0);
    discard_source(&system, &source.id).await;
    Answer::get(&system, 1, &path).await.picture();
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn a_source_that_is_gone_is_asked_once_and_every_replica_knows(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("large.jpg", Behaviour::status(404));
    let path = system.path("/resize?width=300", "large.jpg");
    let first = Answer::get(&system, 0, &path).await.refused(404, "source_gone");
    assert_eq!(first.cache_status(), "imcaxy; fwd=uri-miss; detail=source_gone");
    for replica in [0, 1] {
        let again = Answer::get(&system, replica, &path).await.refused(404, "source_gone");
        assert_eq!(again.json()["message"], first.json()["message"]);
        assert_eq!(again.cache_status(), "imcaxy; hit; detail=negative");
    }
    assert_eq!(system.origin.count("large.jpg"), 1);
    system.origin.behave("large.jpg", Behaviour::photo());
    discard(&system, "large.jpg").await;
    Answer::get(&system, 1, &path).await.picture();
    system.finish().await;
}

async fn a_source_that_stays_gone_is_asked_ever_less_often(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_NEGATIVE_TTL", "300ms")).await;
    system.origin.behave("large.jpg", Behaviour::html());
    let path = system.path("/resize?width=300", "large.jpg");
    let in_a_row = async || {
        Answer::get(&system, 0, &path).await.refused(422, "not_an_image");
        let failures = failures(&system.scope).await;
        let [failure] = &failures[..] else { panic!("one failure is remembered: {failures:?}") };
        (failure.in_a_row, failure.until.since(failure.at).as_millis())
    };
    assert_eq!(in_a_row().await, (1, 300));
    until("the second", async || in_a_row().await == (2, 600)).await;
    until("the third", async || in_a_row().await == (3, 1200)).await;
    assert_eq!(system.origin.count("large.jpg"), 3);
    system.finish().await;
}

async fn what_may_pass_is_told_to_those_who_wait_and_the_next_one_asks_again(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("large.jpg", Behaviour::status(500));
    let path = system.path("/resize?width=300", "large.jpg");
    for asked in 1..=2 {
        let answer = Answer::get(&system, asked % 2, &path).await.refused(502, "source_failed");
        assert_eq!(answer.cache_status(), "imcaxy; fwd=uri-miss; detail=source_failed");
        assert_eq!(system.origin.count("large.jpg"), asked);
    }
    system.origin.behave("large.jpg", Behaviour::photo());
    Answer::get(&system, 0, &path).await.picture();
    system.finish().await;
}

async fn with_none_no_failure_of_a_source_is_remembered(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_NEGATIVE_TTL", "none")).await;
    system.origin.behave("large.jpg", Behaviour::status(410));
    let path = system.path("/resize?width=300", "large.jpg");
    for asked in 1..=2 {
        Answer::get(&system, 0, &path).await.refused(404, "source_gone");
        assert_eq!(system.origin.count("large.jpg"), asked);
    }
    system.finish().await;
}
