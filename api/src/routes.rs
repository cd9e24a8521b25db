//! Which path goes where.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::request::negotiates;

use crate::front::{Front, wrong_method};
use crate::{admin, serve};

pub(crate) fn router(front: Front, health: Router) -> Router {
    Router::new()
        .nest("/api/v1", admin::router(front.clone()))
        .fallback(images)
        .with_state(front)
        .merge(health)
        .method_not_allowed_fallback(wrong_method)
}

/// Everything that is no route of its own is a request for an image.
async fn images(State(front): State<Front>, request: Request<Body>) -> Response {
    let (head, _body) = request.into_parts();
    match front.app() {
        Ok(app) => serve::image(app, &head).await,
        Err(refused) => {
            let negotiated = negotiates(head.uri.query().unwrap_or_default());
            refused.negotiated(negotiated).into_response()
        }
    }
}
