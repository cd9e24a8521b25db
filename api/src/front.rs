//! What stands before every route.

use std::sync::{Arc, OnceLock};

use axum::http::Method;
use axum::response::{IntoResponse as _, Response};

use crate::error::{Code, Refused};
use crate::{Access, App};

/// What every request needs, also before the stores are there.
#[derive(Clone)]
pub(crate) struct Front {
    pub app: Arc<OnceLock<Arc<App>>>,
    pub access: Arc<Access>,
}

impl Front {
    /// The stores, once they are there.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Refused> {
        self.app.get().ok_or_else(|| Refused::new(Code::Unavailable, "the stores have not been reached yet"))
    }
}

/// What a route answers to a method that it does not have.
pub(crate) async fn wrong_method(method: Method) -> Response {
    Refused::method(&method).into_response()
}
