//! What waits and runs, as the administration tells it.

use imcaxy_testkit::System;
use serde_json::Value;

use super::Answer;

/// How many jobs wait or run.
pub async fn living_jobs(system: &System) -> usize {
    items(system).await.len()
}

/// How many requests wait for a picture, at all replicas.
pub async fn waiting_requests(system: &System) -> u64 {
    items(system).await.iter().filter_map(|item| item["waiting"].as_u64()).sum()
}

async fn items(system: &System) -> Vec<Value> {
    match Answer::in_flight(system, "").await.json()["items"].take() {
        Value::Array(items) => items,
        other => panic!("no list of jobs: {other}"),
    }
}
