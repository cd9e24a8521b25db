//! The periodic jobs.

mod deletions;
mod history;

use crate::harness::{Answer, documents, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn sources_without_entries_are_removed_once_a_tick_however_many_schedulers_run() {
    let mut system = start(system().schedulers(0).env("IMCAXY_SCAN_MIN_AGE", "0s")).await;
    Answer::get(&system, 0, &system.path("/convert?type=png", "large.jpg")).await.picture();
    Answer::get(&system, 0, &system.path("/resize?width=300", "missing.jpg"))
        .await
        .refused(404, "source_gone");
    assert_eq!(documents(&system.scope, "sources").await.len(), 2);
    for _ in 0..3 {
        system.add(imcaxy_testkit::Role::Scheduler).await.expect("a scheduler");
    }
    until("the unused source is removed", async || documents(&system.scope, "sources").await.len() == 1)
        .await;
    until("the tick is settled", async || {
        let schedule = documents(&system.scope, "schedule").await;
        schedule.iter().any(|one| one.get_bool("settled").is_ok_and(|settled| settled))
    })
    .await;
    let left = documents(&system.scope, "sources").await;
    assert_eq!(left[0].get_str("url").expect("a URL"), system.origin.url("large.jpg"));
    let enqueued = system.schedulers.iter().filter(|one| one.log().contains("enqueued a tick")).count();
    assert_eq!(enqueued, 1, "three schedulers, one tick");
    let runs: usize =
        system.workers.iter().map(|one| one.log().matches("removed source documents").count()).sum();
    assert_eq!(runs, 1);
    Answer::get(&system, 0, &system.path("/convert?type=png", "large.jpg")).await.hit();
    system.finish().await;
}
