//! `requests.keys`: the keys of clients, sent as imaginary's are.

use axum::http::request::Parts;
use axum::http::{HeaderName, Uri};
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
        match header {
            Some(given) => self.know(given),
            None => self.know(&in_query(&http.uri).unwrap_or_default()),
        }
    }

    /// A target without `key=` may have the header beside it.
    pub(super) fn admit_target(&self, target: &Uri) -> Result<(), Refused> {
        in_query(target).map_or(Ok(()), |given| self.know(&given))
    }

    fn know(&self, given: &[u8]) -> Result<(), Refused> {
        match self.0.position(given) {
            Some(_) => Ok(()),
            None => Err(Refused::new(
                Code::BadKey,
                "an API key is needed: the header API-Key, or key= in the query",
            )),
        }
    }
}

fn in_query(target: &Uri) -> Option<Vec<u8>> {
    parameter(target.query().unwrap_or_default(), "key")
}
