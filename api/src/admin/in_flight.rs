//! `GET /in-flight`: what is being processed now.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use imcaxy_shared::jobs::{JobId, JobKind, RenderJob};
use imcaxy_shared::ports::{LiveJob, LiveState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::query;
use crate::error::Refused;
use crate::front::Front;

/// Items in one answer, unless fewer are asked for.
const LIMIT: usize = 100;
/// The most that can be asked for.
const MOST: usize = 1000;

/// The query of this list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn in_flight(
    State(front): State<Front>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, Refused> {
    let page = query::read(page, "limit and cursor")?;
    let limit = page.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        return Err(query::wrong(format!("limit = {limit}: 1 to {MOST} is allowed")));
    }
    let after = page.cursor.as_deref().map(read_cursor).transpose()?;
    let live = front.app()?.stores.queue.live(after.as_ref(), limit).await?;
    let next = live.last().filter(|_| live.len() == limit).map(|job| hex::encode(job.id.as_str()));
    let items: Vec<Value> = live.iter().filter_map(item).collect();
    Ok(Json(json!({ "items": items, "next_cursor": next })))
}

/// A cursor is the id of the last item, in hex so that nobody takes it for more.
fn read_cursor(cursor: &str) -> Result<JobId, Refused> {
    let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(JobId::from_queue).ok_or_else(|| query::wrong("cursor is not one that this list gave"))
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
