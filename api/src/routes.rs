//! Which path goes where.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request};
use axum::response::{IntoResponse as _, Response};

use crate::error::{Code, Refused};
use crate::{Access, App, admin, serve};

/// What every request needs, also before the stores are there.
#[derive(Clone)]
pub(crate) struct Front {
    pub app: Arc<OnceLock<Arc<App>>>,
    pub access: Arc<Access>,
    /// Whether the listener is on a loopback address.
    pub loopback: bool,
}

impl Front {
    /// The stores, once they are there.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Refused> {
        self.app.get().ok_or_else(|| Refused::new(Code::Unavailable, "the stores have not been reached yet"))
    }
}

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
        Err(refused) => refused.into_response(),
    }
}

async fn wrong_method(method: Method) -> Response {
    Refused::method(&method).into_response()
}
