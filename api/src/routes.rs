//! Which path goes where.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use imcaxy_shared::request::negotiates;

use crate::front::{Front, no_such_call, wrong_method};
use crate::{admin, openapi, samples, serve};

/// What `listen` answers: images, probes and, unless it has a listener of its own, the administration.
pub(crate) fn images(front: Front, probes: Router, with_administration: bool) -> Router {
    let calls = if with_administration { calls(front.clone()) } else { admin::nowhere() };
    let pictures = calls.route(samples::ROUTE, get(samples::sample)).fallback(image);
    complete(pictures.with_state(front).merge(probes))
}

/// What `admin.listen` answers.
pub(crate) fn administration(front: Front, probes: Router) -> Router {
    complete(calls(front.clone()).fallback(no_such_call).with_state(front).merge(probes))
}

/// The administration, and the document about all calls.
fn calls(front: Front) -> Router<Front> {
    admin::router(front).route(openapi::PATH, get(openapi::openapi))
}

/// What `probe.listen` answers.
pub(crate) fn probes(probes: Router) -> Router {
    complete(probes.fallback(no_such_call))
}

fn complete(router: Router) -> Router {
    router.method_not_allowed_fallback(wrong_method)
}

/// Everything that is no route of its own is a request for an image.
async fn image(State(front): State<Front>, request: Request<Body>) -> Response {
    let (head, _body) = request.into_parts();
    match front.app() {
        Ok(app) => serve::image(app, &head).await,
        Err(refused) => {
            let negotiated = negotiates(head.uri.query().unwrap_or_default());
            refused.negotiated(negotiated).into_response()
        }
    }
}
