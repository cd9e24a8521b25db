//! What stands before every route.

use std::sync::{Arc, OnceLock};

use axum::http::Method;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::samples::Samples;
use serde_json::Value;

use crate::App;
use crate::admin::Administrators;
use crate::error::{Code, Refused};

/// What every request needs, also before the stores are there.
#[derive(Clone)]
pub(crate) struct Front {
    pub app: Arc<OnceLock<Arc<App>>>,
    pub administrators: Arc<Administrators>,
    /// Pictures that are drawn here.
    pub samples: Samples,
    /// Those in force, for people.
    pub settings: Arc<Value>,
}

impl Front {
    /// The stores, once they are there.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Refused> {
        self.app.get().ok_or_else(|| Refused::new(Code::Unavailable, "the stores have not been reached yet"))
    }
}

/// What a route answers to a method that it does not have; the router adds those that it has.
pub(crate) async fn wrong_method(method: Method) -> Response {
    Refused::new(Code::MethodNotAllowed, format!("method {method} is not allowed here")).into_response()
}

/// What is answered where nothing is.
pub(crate) async fn no_such_call() -> Response {
    Refused::no_such_call().into_response()
}
