//! The administration, below `/api/v1`.

mod access;
mod in_flight;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::error::{Code, Refused};
use crate::front::{Front, wrong_method};

/// All calls stand behind the check of who asks.
pub(crate) fn router(front: Front) -> Router<Front> {
    Router::new()
        .route("/in-flight", get(in_flight::in_flight))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(front, access::check))
}

async fn unknown() -> Response {
    Refused::new(Code::NotFound, "there is no such call").into_response()
}
