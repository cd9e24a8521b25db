//! What the origin remembers of a request.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

/// A request as the origin saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its method.
    pub method: Method,
    /// Its path, without the leading slash.
    pub path: String,
    /// Its query, empty if it had none.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
}

impl Seen {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            path: super::key(request.uri().path()),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
        }
    }

    /// Whether it asked for the picture only in case it had changed.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE].iter().any(|name| self.headers.contains_key(name))
    }

    /// The value of a header, empty if it was not sent or is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
