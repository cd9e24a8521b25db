//! `requests.keys`: the keys of clients, sent as imaginary's are.

use axum::http::HeaderName;
use axum::http::request::Parts;
use imcaxy_shared::config::Secret;
use imcaxy_shared::request::parameter;

use crate::error::{Code, Refused};
use crate::secrets::Secrets;

const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The keys that are known.
pub(super) struct Keys(Secrets);

impl Keys {
    pub(super) fn of(keys: &[Secret]) -> Self {
        Self(Secrets::of(keys))
    }

    /// The header counts if there is anything in it, right or wrong; `key=` counts only without (`authorizeClient` in
    /// imaginary's `middleware.go`).
    pub(super) fn admit(&self, http: &Parts) -> Result<(), Refused> {
        let header =
            http.headers.get(API_KEY).map(|value| value.as_bytes()).filter(|value| !value.is_empty());
        let known = match header {
            Some(given) => self.0.position(given),
            None => {
                let given = parameter(http.uri.query().unwrap_or_default(), "key").unwrap_or_default();
                self.0.position(&given)
            }
        };
        match known {
            Some(_) => Ok(()),
            None => Err(Refused::new(
                Code::BadKey,
                "an API key is needed: the header API-Key, or key= in the query",
            )),
        }
    }
}
