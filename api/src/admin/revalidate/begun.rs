//! What was begun: its job, and the answer that says so.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Job, Token};
use imcaxy_shared::ports::{PortError, Revalidation, Submission};
use serde_json::json;
use tokio::time::Instant;

use super::matched::Matched;
use super::wait::Awaited;
use crate::App;

/// How long a catalog that is away is waited for.
pub(in crate::admin) const PATIENCE: Duration = Duration::from_secs(1);

/// What has begun; of a discard that means that no replica answers any more with what was made before.
pub(super) struct Begun {
    pub record: Revalidation,
    pub matched: Matched,
}

impl Begun {
    /// The answer; the end may be waited for before it is sent.
    pub(super) fn answer(self, wait: Option<Duration>) -> Response {
        let Revalidation { id, mode, .. } = self.record;
        let told = json!({ "id": id, "mode": mode.name(), "matched": self.matched.told() });
        let mut answer = (StatusCode::ACCEPTED, Json(told)).into_response();
        if let Some(wait) = wait {
            answer.extensions_mut().insert(Awaited { id, until: Instant::now() + wait });
        }
        answer
    }
}

/// Has a job done, with a stamp of `want` at least.
pub(super) async fn submit(app: &App, job: &Job, want: Seq) -> Result<(), PortError> {
    let submission = Submission::of(job, want, Token::new(rand::random()))?;
    app.stores.queue.submit(&submission).await.map(drop)
}
