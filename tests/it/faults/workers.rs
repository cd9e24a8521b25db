//! Workers that die or stand still, at each step of a render, on two APIs and two workers.

use std::time::Duration;

use imcaxy_shared::backends::redis::finish_script_hash;
use imcaxy_testkit::{Persistence, Role, System};
use tokio::time::sleep;

use super::story::Story;
use crate::harness::{
    Answer, Stack, lose_three_workers, no_job_lives, objects, on, on_both_stacks, remove_orphans, start,
    system, until, until_kept,
};

on_both_stacks! {
    a_worker_killed_before_its_fetch_ended_is_replaced_by_the_other,
    a_worker_killed_while_imaginary_works_costs_one_call,
    with_both_workers_killed_a_new_one_goes_on,
}

async fn a_worker_killed_before_its_fetch_ended_is_replaced_by_the_other(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.origin.hold("large.jpg");
    let mut story = Story::begins("worker killed before the source was fetched", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    kill_worker(&mut system, worker).await;
    story.breaks();
    gate.open();
    story.ends_well(&system, 1).await;
    system.finish().await;
}

async fn a_worker_killed_while_imaginary_works_costs_one_call(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=301", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("worker killed while imaginary worked for it", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    kill_worker(&mut system, worker).await;
    story.breaks();
    gate.open();
    story.ends_well(&system, 2).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_after_the_object_costs_one_call_and_leaves_an_orphan_for_the_scan() {
    let mut system = start(system().proxied()).await;
    let path = system.path("/resize?width=302", "large.jpg");
    let gate = system.gauge.hold_answers();
    let mut story = Story::begins("worker killed after the object, before the entry", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    let links = system.worker(worker).links();
    // Nobody hears of the picture, and the catalog does not either.
    links.redis.freeze_requests();
    links.mongodb.freeze_requests();
    gate.open();
    until("the object is there", async || !objects(&system.scope).await.is_empty()).await;
    system.worker_mut(worker).kill();
    story.breaks();
    story.ends_well(&system, 2).await;
    until_kept(&system, 1).await;
    no_job_lives(&system).await;
    assert_eq!(remove_orphans(&system.scope).await, 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_after_the_entry_costs_no_call() {
    let mut system = start(system().proxied()).await;
    let path = system.path("/resize?width=303", "large.jpg");
    let gate = system.gauge.hold_answers();
    let mut story =
        Story::begins("worker killed after the entry, before anybody heard of it", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    system.worker(worker).links().redis.freeze_requests();
    gate.open();
    until_kept(&system, 1).await;
    system.worker_mut(worker).kill();
    story.breaks();
    story.ends_well(&system, 1).await;
    no_job_lives(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_before_it_ended_its_claim_costs_no_call() {
    let mut system = start(system().proxied()).await;
    let path = system.path("/resize?width=310", "large.jpg");
    let gate = system.gauge.hold();
    let mut story =
        Story::begins("worker killed after all was told, before it ended its claim", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    let redis = &system.worker(worker).links().redis;
    redis.mute_from(finish_script_hash());
    gate.open();
    redis.until_lost(1).await;
    system.worker_mut(worker).kill();
    story.breaks();
    story.ends_well(&system, 1).await;
    no_job_lives(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_frozen_in_imaginary_and_woken_after_its_claim_was_taken_changes_nothing() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=304", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("worker frozen while imaginary worked, woken later", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    system.worker_mut(worker).pause();
    story.breaks();
    gate.wait_for(2).await;
    gate.open();
    let served = story.ends_well(&system, 2).await;
    system.worker_mut(worker).resume();
    no_job_lives(&system).await;
    let hit = Answer::get(&system, 1, &path).await.picture();
    assert_eq!(hit.header("etag"), served.header("etag"));
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_frozen_before_imaginary_renews_its_claim_before_it_calls() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=305", "large.jpg");
    let gate = system.origin.hold("large.jpg");
    let mut story = Story::begins("worker frozen before it called imaginary, woken later", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    system.worker_mut(worker).pause();
    story.breaks();
    gate.wait_for(2).await;
    gate.open();
    story.ends_well(&system, 1).await;
    system.worker_mut(worker).resume();
    until("the frozen one knows", async || system.worker(worker).log().contains("claim was lost")).await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_that_stands_still_goes_on_with_its_render_when_it_is_woken() {
    /// A claim without signs of life is left for less.
    const STILL: Duration = Duration::from_secs(7);

    let mut system = start(on(Stack::Embedded)).await;
    for (width, held_fetch) in [(311, true), (312, false)] {
        let path = system.path(&format!("/resize?width={width}"), "large.jpg");
        let calls = system.gauge.calls().len();
        let gate = if held_fetch { system.origin.hold("large.jpg") } else { system.gauge.hold() };
        let mut story = Story::begins("the one process frozen in a render, woken later", &system, &path);
        gate.wait_for(1).await;
        story.all_wait_and(0, &system).await;
        system.worker_mut(0).pause();
        story.breaks();
        sleep(STILL).await;
        gate.open();
        system.worker_mut(0).resume();
        story.ends_well(&system, calls + 1).await;
    }
    system.finish().await;
}

async fn with_both_workers_killed_a_new_one_goes_on(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=306", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("both workers killed, one started", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    for worker in 0..2 {
        system.worker_mut(worker).kill();
    }
    story.breaks();
    gate.open();
    system.add(Role::Worker).await.expect("a new worker");
    story.ends_well(&system, 2).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_cut_from_redis_while_it_works_loses_its_claim_and_nothing_else() {
    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=307", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("worker cut from Redis while imaginary worked for it", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    system.worker(worker).links().redis.cut();
    story.breaks();
    gate.wait_for(2).await;
    gate.open();
    story.ends_well(&system, 2).await;
    system.worker(worker).links().redis.mend();
    no_job_lives(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_kills_its_workers_is_given_up_and_remembered_for_a_while() {
    let mut system = start(system().own_redis(Persistence::None)).await;
    let poison = system.path("/resize?width=308", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("a source that kills every worker that renders it", &system, &poison);
    story.breaks();
    lose_three_workers(&mut system, &gate, "large.jpg").await;
    story.ends_refused(&system, 3).await;
    // Whoever asks now is told at once, and no worker is lost for it; other pictures are rendered.
    let again = Answer::get(&system, 0, &poison).await.refused(500, "internal");
    let status = again.cache_status();
    assert_eq!(status, "imcaxy; hit; detail=negative");
    gate.open();
    Answer::get(&system, 1, &system.path("/resize?width=309", "medium.jpg")).await.picture();
    until("it may be tried again", async || Answer::get(&system, 0, &poison).await.status == 200).await;
    system.finish().await;
}

/// The embedded stack has no other worker: the process starts again, and who was cut off asks again.
async fn kill_worker(system: &mut System, worker: usize) {
    system.worker_mut(worker).kill();
    if system.stack() == Stack::Embedded {
        system.add(Role::Serve).await.expect("it starts again");
    }
}
