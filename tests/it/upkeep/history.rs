//! How jobs ended is written down.

use imcaxy_shared::ports::{EndedJob, EndedState, Search};
use imcaxy_testkit::System;
use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{
    Answer, Stack, discard, history, lose_three_workers, on, on_both_stacks, start, system, until,
};

on_both_stacks! {
    a_render_that_was_done_and_one_that_failed_are_found_in_the_history,
}

async fn a_render_that_was_done_and_one_that_failed_are_found_in_the_history(stack: Stack) {
    let system = start(on(stack)).await;
    let path = |photo| system.path("/resize?width=300", photo);
    Answer::get(&system, 0, &path("medium.jpg")).await.picture();
    Answer::get(&system, 1, &path("missing.jpg")).await.refused(404, "source_gone");
    ended(&system, "medium.jpg", EndedState::Done, None, 0).await;
    ended(&system, "missing.jpg", EndedState::Failed, Some("source_gone"), 0).await;
    system.finish().await;
}

/// How often a job was lost is known for as long as its queue lives: one process that is killed forgets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_render_that_was_given_up_is_found_in_the_history() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    // The ledger is not at its beginning, and nobody is left who says again what the render is wanted to bring.
    discard(&system, "medium.jpg").await;
    let gate = system.gauge.hold();
    let leaves = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    leaves.abort();
    lose_three_workers(&mut system, &gate, "large.jpg").await;
    written_down(&system, "large.jpg").await;
    let remembered = Answer::get(&system, 0, &path).await.refused(500, "internal");
    assert_eq!(remembered.cache_status(), "imcaxy; hit; detail=negative");
    gate.open();
    ended(&system, "large.jpg", EndedState::Dead, Some("internal"), 3).await;
    system.finish().await;
}

/// Fails the test unless the one job of a photograph's source ended so.
async fn ended(system: &System, photo: &str, state: EndedState, error: Option<&str>, lost: u32) {
    let ended = written_down(system, photo).await;
    assert_eq!((ended.state, ended.error.as_deref()), (state, error), "{photo}");
    assert_eq!((ended.kind.as_str(), ended.lost), ("render", lost), "{photo}");
    assert_eq!(ended.host.as_deref(), Some("127.0.0.1"), "{photo}");
    assert!(ended.queued_at <= ended.ended_at, "{photo}: {ended:?}");
}

/// The one job of a photograph's source, when it is there: the history is written beside the way of the jobs.
async fn written_down(system: &System, photo: &str) -> EndedJob {
    let history = history(&system.scope).await;
    let search = Search { url: Some(system.origin.url(photo)), limit: 2, ..Search::default() };
    let found = async || history.search(&search).await.expect("found");
    until("it is written down", async || !found().await.is_empty()).await;
    let mut found = found().await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
