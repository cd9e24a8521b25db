//! `GET /in-flight`: what is being processed now.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::jobs::{JobId, JobKind, RenderJob};
use imcaxy_shared::ports::{LiveJob, LiveState};
use serde_json::{Value, json};

use super::list;
use crate::error::Refused;
use crate::front::Front;

pub(super) async fn in_flight(
    State(front): State<Front>,
    page: Result<Query<list::Part>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let (limit, after) = list::Part::read(page)?;
    let after = after.map(JobId::from_queue);
    let live = front.app()?.stores.queue.live(after.as_ref(), limit).await?;
    let next = live.last().filter(|_| live.len() == limit).map(|job| job.id.as_str());
    Ok(Json(list::page(live.iter().filter_map(item).collect(), next)))
}

/// Renders only: nobody waits for the other kinds.
fn item(job: &LiveJob) -> Option<Value> {
    let Ok(JobKind::Render(RenderJob { key, render, params, source, .. })) = JobKind::read(&job.payload)
    else {
        return None;
    };
    let state = match job.state {
        // What is delayed failed, and waits for its next try.
        LiveState::Waiting | LiveState::Delayed => "waiting",
        LiveState::Running => "running",
    };
    Some(json!({
        "key": key,
        "operation": render.operation,
        "params": params,
        "url": source.url,
        "state": state,
        "since": job.since.rfc3339(),
        "worker": job.worker,
        "attempt": job.attempt,
        "waiting": job.waiting,
    }))
}
