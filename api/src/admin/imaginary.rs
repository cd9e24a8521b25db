//! `GET /imaginary`: how each imaginary is, as this process sees it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use futures::future::join_all;
use imcaxy_shared::backends::imaginary::Imaginary;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::query;
use crate::error::Refused;
use crate::front::Front;

/// How long each may take to answer.
const WITHIN: Duration = Duration::from_millis(500);

pub(super) async fn imaginary(State(front): State<Front>, uri: Uri) -> Result<Json<Value>, Refused> {
    query::none(&uri)?;
    let items = join_all(front.app()?.imaginary.iter().map(item)).await;
    Ok(Json(json!({ "items": items, "next_cursor": null })))
}

async fn item(imaginary: &Imaginary) -> Value {
    let began = Instant::now();
    let (health, version) = tokio::join!(imaginary.health(WITHIN), imaginary.version(WITHIN));
    json!({
        "url": imaginary.base().to_string(),
        "ok": health.is_ok(),
        "error": health.err().map(|cause| cause.to_string()),
        "version": version.ok().flatten(),
        "ms": u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}
