//! One process of the embedded stack that is killed again and again, at any moment of its work: what it leaves opens, serves and
//! heals.

mod drift;
mod load;
mod pictures;

use std::time::Duration;

use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Role, System, progress};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::process::Command;
use tokio::time::sleep;

use crate::harness::{Answer, Stack, no_job_lives, on, outbox_is_due, remove_orphans, start, until_hit};
use load::Load;
use pictures::Pictures;

/// How often it is killed, each time in another part of [`WORK`].
const KILLS: u32 = 40;
/// From the moment at which it is ready to the last moment at which it is killed.
const WORK: Duration = Duration::from_millis(600);
/// What the moments and the load are made from.
const SEED: u64 = 20_261_127;
/// Renders at once, each of which a kill may leave as an object without entry.
const CONCURRENCY: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_that_is_killed_at_any_moment_leaves_opens_serves_and_heals() {
    let system = on(Stack::Embedded).env("IMCAXY_WORKER_CONCURRENCY", &CONCURRENCY.to_string());
    let mut system = start(system).await;
    let pictures = Pictures::new(&system).await;
    let kept = system.path("/resize?width=300", "large.jpg");
    until_hit(&system, 0, &kept).await;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut moments: Vec<u32> = (0..KILLS).collect();
    for kill in 0..KILLS {
        let part = moments.swap_remove(random.random_range(0..moments.len()));
        let moment = (WORK * part + WORK.mul_f64(random.random())) / KILLS;
        let load = Load::new(&system, &pictures, SEED + u64::from(kill));
        let drifted = load.until_killed(&system.origin, &system.scope, &mut system.apis[0], moment).await;
        if kill % 4 == 0 {
            killed_while_it_starts(&system, Duration::from_millis(random.random_range(0..100))).await;
        }
        system.add(Role::Serve).await.expect("it opens what was left");
        Answer::get(&system, 0, &kept).await.hit();
        pictures.are_answered(&system).await;
        for source in &drifted {
            source.is_of_one_version(&system, &pictures).await;
        }
        // What was replaced is deleted in the middle of the next life's work.
        outbox_is_due(&system.scope).await;
    }
    no_job_lives(&system).await;
    // An object is put before its entry, and the deletion of one that was replaced is put into the outbox after the entry that replaces
    // it: a kill in between leaves an object that no entry names, for the scan.
    let orphans = remove_orphans(&system.scope).await;
    assert!(orphans <= KILLS as usize * CONCURRENCY, "{orphans}");
    progress::say(&format!("{KILLS} kills left {orphans} orphans; {}", pictures.told()));
    system.finish().await;
}

/// Starts the process and kills it so much later, ready or not.
async fn killed_while_it_starts(system: &System, later: Duration) {
    let mut command = Command::new(binary_from_env().expect("the binary"));
    command
        .arg("serve")
        .env_clear()
        .env("IMCAXY_LISTEN", "127.0.0.1:0")
        .env("IMCAXY_DATA_DIR", system.scope.data_dir())
        .current_dir(system.scope.data_dir())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true);
    let mut process = command.spawn().expect("the binary runs");
    sleep(later).await;
    process.kill().await.expect("it was running until now");
}
