//! What was begun, and the answer that says so.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::ports::Revalidation;
use serde_json::json;
use tokio::time::Instant;

use super::matched::Matched;
use super::wait::Awaited;

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
