//! Waiting until something is so.

use std::time::Duration;

use imcaxy_testkit::System;

use super::{Answer, Table, ids, living_jobs};

/// Looks until it is so; half a minute is for ever.
pub async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let looking = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Asks a replica for a picture until it is a hit there, and answers that: pictures are handed over before they are
/// kept.
pub async fn until_hit(system: &System, replica: usize, path: &str) -> Answer {
    until("it is a hit", async || Answer::get(system, replica, path).await.picture().is_hit()).await;
    Answer::get(system, replica, path).await.hit()
}

/// Waits until so many entries are kept.
pub async fn until_kept(system: &System, entries: usize) {
    until("they are kept", async || ids(&system.scope, Table::Entries).await.len() == entries).await;
}

/// Waits until nothing waits or runs.
pub async fn no_job_lives(system: &System) {
    until("no job lives", async || living_jobs(system).await == 0).await;
}
