//! A source is discarded while it is rendered.

use std::time::Instant;

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Behaviour, Photo};
use reqwest::Method;

use super::story::tell;
use crate::harness::{Answer, Stack, discard, on, on_both_stacks, start, until, until_hit, waiting_requests};

on_both_stacks! {
    who_asks_after_a_discard_in_the_middle_of_a_render_gets_what_was_fetched_after_it,
    a_discard_in_the_middle_of_a_fetch_has_the_source_fetched_again_and_rendered_once,
}

async fn who_asks_after_a_discard_in_the_middle_of_a_render_gets_what_was_fetched_after_it(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "changing.jpg");
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("large.jpg").await));
    let gate = system.gauge.hold();
    let early = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    discard(&system, "changing.jpg").await;
    let discarded = Instant::now();
    // One joins the flight that is in the air, one begins another on a replica that knows of none.
    let late = [0, 1].map(|replica| begin(system.request(Method::GET, replica, &path)));
    until("both replicas wait for the new one", async || waiting_requests(&system).await == 3).await;
    gate.let_through(1);
    gate.wait_for(1).await;
    gate.open();
    let early = Answer::to(early).await.picture();
    let expected = Answer::of_imaginary(&system.path("/resize?width=300", "medium.jpg"), &[]).await.body;
    for late in late {
        let late = Answer::to(late).await.picture();
        assert_eq!(late.body, expected, "what was fetched before the discard no longer counts");
    }
    tell("source discarded while it was rendered", system.gauge.calls().len(), discarded);
    assert!(!early.body.is_empty());
    until_hit(&system, 1, &path).await;
    for replica in [0, 1] {
        assert_eq!(Answer::get(&system, replica, &path).await.picture().body, expected);
    }
    system.finish().await;
}

async fn a_discard_in_the_middle_of_a_fetch_has_the_source_fetched_again_and_rendered_once(stack: Stack) {
    // What is kept needs no fetch that could be met in the middle.
    let system = start(on(stack).env("IMCAXY_SOURCES_KEEP", "none")).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    Answer::get(&system, 0, &system.path("/resize?width=300", "changing.jpg")).await.picture();
    let calls = system.gauge.calls().len();
    let gate = system.origin.hold("changing.jpg");
    // Too large to be handed over before it is kept.
    let path = system.path("/convert?type=png", "changing.jpg");
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("large.jpg").await));
    discard(&system, "changing.jpg").await;
    gate.open();
    let answer = Answer::to(waiting).await.picture();
    let expected = Answer::of_imaginary(&system.path("/convert?type=png", "large.jpg"), &[]).await.body;
    assert_eq!(answer.body, expected);
    assert!(answer.body.len() > 1 << 20);
    assert_eq!(system.gauge.calls().len(), calls + 1);
    system.finish().await;
}
