//! How jobs ended is written down.

use imcaxy_shared::ports::{EndedJob, EndedState, JobHistory as _, Search};
use imcaxy_testkit::System;
use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, catalog, discard, lose_three_workers, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_render_that_was_done_one_that_failed_and_one_that_was_given_up_are_found_in_the_history() {
    let mut system = start(system()).await;
    let path = |photo| system.path("/resize?width=300", photo);
    let (done, failed, dead) = (path("medium.jpg"), path("missing.jpg"), path("large.jpg"));
    Answer::get(&system, 0, &done).await.picture();
    Answer::get(&system, 1, &failed).await.refused(404, "source_gone");
    // The ledger is not at its beginning, and nobody is left who says again what the render is wanted to bring.
    discard(&system, "medium.jpg").await;
    let gate = system.gauge.hold();
    let leaves = begin(system.request(Method::GET, 0, &dead));
    gate.wait_for(1).await;
    leaves.abort();
    lose_three_workers(&mut system, &gate, "large.jpg").await;
    written_down(&system, "large.jpg").await;
    let remembered = Answer::get(&system, 0, &dead).await.refused(500, "internal");
    assert!(
        remembered.is_hit() && remembered.cache_status().ends_with("; detail=negative"),
        "{remembered:?}"
    );
    gate.open();
    for (photo, state, error, lost) in [
        ("medium.jpg", EndedState::Done, None, 0),
        ("missing.jpg", EndedState::Failed, Some("source_gone"), 0),
        ("large.jpg", EndedState::Dead, Some("internal"), 3),
    ] {
        let ended = written_down(&system, photo).await;
        assert_eq!((ended.state, ended.error.as_deref()), (state, error), "{photo}");
        assert_eq!((ended.kind.as_str(), ended.lost), ("render", lost), "{photo}");
        assert_eq!(ended.host.as_deref(), Some("127.0.0.1"), "{photo}");
        assert!(ended.queued_at <= ended.ended_at, "{photo}: {ended:?}");
    }
    system.finish().await;
}

/// The one job of a photograph's source, when it is there: the history is written beside the way of the jobs.
async fn written_down(system: &System, photo: &str) -> EndedJob {
    let history = catalog(&system.scope).await;
    let search = Search { url: Some(system.origin.url(photo)), limit: 2, ..Search::default() };
    let found = async || history.search(&search).await.expect("found");
    until("it is written down", async || !found().await.is_empty()).await;
    let mut found = found().await;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
