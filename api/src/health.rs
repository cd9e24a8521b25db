//! Is the process alive, and can it answer?

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::routes::Front;

/// The process lives.
pub(crate) async fn healthz() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// 503 until the first contact with the stores and while draining; afterwards 200, because hits outlive every store.
pub(crate) async fn readyz(State(front): State<Front>) -> Response {
    if front.lifecycle.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "draining" }))).into_response();
    }
    let Some(app) = front.app.get() else {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "starting" }))).into_response();
    };
    let (catalog, objects, queue) =
        tokio::join!(app.stores.catalog.ping(), app.stores.objects.ping(), app.stores.queue.ping());
    let stores = [("mongodb", catalog), ("s3", objects), ("redis", queue)];
    let degraded: Vec<&str> = stores.iter().filter(|(_, answer)| answer.is_err()).map(|(name, _)| *name).collect();
    Json(json!({ "status": "ready", "degraded": degraded })).into_response()
}
