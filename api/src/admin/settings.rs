//! `GET /settings`: what this process was started with.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde_json::Value;

use super::query;
use crate::error::Refused;
use crate::front::Front;

/// Every setting in force with its layer, secrets masked: what `imcaxy config show --json` tells.
pub(super) async fn settings(State(front): State<Front>, uri: Uri) -> Result<Json<Value>, Refused> {
    query::none(&uri)?;
    Ok(Json(Value::clone(&front.settings)))
}
