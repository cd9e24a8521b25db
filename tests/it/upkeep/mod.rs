//! The periodic jobs.

mod blocks;
mod checks;
mod crowd;
mod deletions;
mod history;
mod refresh;
mod revalidate;
mod usage;
mod waits;

use imcaxy_testkit::System;

use crate::harness::{
    Answer, Kept, Stack, Table, ids, on, on_both_stacks, start, tick_is_due, ticks_are_settled, until,
};

on_both_stacks! {
    sources_without_entries_are_removed_once_a_tick_however_many_schedulers_run,
}

async fn sources_without_entries_are_removed_once_a_tick_however_many_schedulers_run(stack: Stack) {
    let mut system = start(on(stack).schedulers(0).env("IMCAXY_SCAN_MIN_AGE", "0s")).await;
    Answer::get(&system, 0, &system.path("/convert?type=png", "large.jpg")).await.picture();
    Answer::get(&system, 0, &system.path("/resize?width=300", "missing.jpg"))
        .await
        .refused(404, "source_gone");
    assert_eq!(ids(&system.scope, Table::Sources).await.len(), 2);
    if stack == Stack::Embedded {
        // Its scheduler has had its first tick, at which nothing was there.
        until("its first tick is over", async || removals(&system) == 1).await;
        tick_is_due(&system.scope).await;
    }
    let before = (ticks(&system), removals(&system));
    for _ in 0..3 {
        system.add(imcaxy_testkit::Role::Scheduler).await.expect("a scheduler");
    }
    until("the unused source is removed", async || ids(&system.scope, Table::Sources).await.len() == 1).await;
    until("the tick is settled", async || ticks_are_settled(&system.scope).await).await;
    let left = Kept::of(&system.scope).await.sources;
    assert_eq!(left[0].url, system.origin.url("large.jpg"));
    assert_eq!(ticks(&system), before.0 + 1, "three schedulers, one tick");
    until("the job is done", async || removals(&system) > before.1).await;
    assert_eq!(removals(&system), before.1 + 1);
    Answer::get(&system, 0, &system.path("/convert?type=png", "large.jpg")).await.hit();
    system.finish().await;
}

/// How many ticks were enqueued, by all processes.
fn ticks(system: &System) -> usize {
    system.processes().map(|one| one.log().matches("enqueued a tick").count()).sum()
}

/// How often unused sources were looked for.
fn removals(system: &System) -> usize {
    system.processes().map(|one| one.log().matches("removed source documents").count()).sum()
}
