//! Waiting for the end of what a call has begun: as long as it asks for, and while its client stays. What was begun is in the audit by
//! then, and goes on without anybody who waits.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::ports::{Revalidation, RevalidationState};
use tokio::time::{Instant, sleep};

use crate::App;
use crate::admin::revalidations::report;
use crate::front::Front;

/// Between the first two looks whether it is done; each pause is twice the one before.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// That the end of what was begun is waited for: put into the answer that says that it was begun.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    pub id: String,
    pub until: Instant,
}

/// Answers with the finished report, if it is waited for and there in time, else with what the call has answered.
pub(in crate::admin) async fn ended(State(front): State<Front>, request: Request, next: Next) -> Response {
    let begun = next.run(request).await;
    let (Some(awaited), Ok(app)) = (begun.extensions().get::<Awaited>().cloned(), front.app()) else {
        return begun;
    };
    let report_in_time = tokio::select! {
        report = finished(app, &awaited) => report,
        () = app.lifecycle.stopping() => None,
    };
    report_in_time.map_or(begun, |finished| Json(report(&finished)).into_response())
}

async fn finished(app: &App, Awaited { id, until }: &Awaited) -> Option<Revalidation> {
    let mut pause = FIRST;
    loop {
        let found = app.catalog.ask(Duration::ZERO, app.stores.revalidations.revalidation(id)).await;
        if let Ok(Some(one)) = found
            && one.state != RevalidationState::Running
        {
            return Some(one);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST);
    }
}
