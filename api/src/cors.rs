//! What scripts of other origins are told (the CORS protocol of the Fetch standard), once `cors.allow` is set.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN,
};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::config::Origins;

use crate::headers::{insert_safety, insert_vary};

/// What a script may read beside what the standard lets it read anyway.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Accept-Ranges, Cache-Status, Content-Range, ETag, Retry-After, Server-Timing, X-Request-Id",
);
/// What a script may send: nothing else means anything here.
const SENT: HeaderValue = HeaderValue::from_static(
    "API-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range",
);
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");
/// Two hours, the longest that common browsers keep the answer to a preflight.
const KEPT: HeaderValue = HeaderValue::from_static("7200");

/// Who may read.
pub(crate) struct Cors(Option<Origins>);

impl Cors {
    /// As `cors.allow` says.
    pub(crate) const fn new(allow: Option<Origins>) -> Self {
        Self(allow)
    }

    /// Tells the browser whether the script that asked may read this answer, whatever it is.
    pub(crate) fn mark(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let allowed = match &self.0 {
            None => return,
            Some(Origins::Any) => HeaderValue::from_static("*"),
            Some(Origins::Listed(listed)) => {
                // Also without an origin: a cache must not answer one page with what another one was told.
                insert_vary(answer, "Origin");
                let origin =
                    request.get(ORIGIN).filter(|origin| listed.iter().any(|one| one.as_str() == **origin));
                let Some(origin) = origin else { return };
                origin.clone()
            }
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /// The answer to a browser that asks before a script's request; `None` to everything else. It comes without a key, and names
    /// nothing that a key would guard.
    pub(crate) fn preflight(&self, request: &Parts) -> Option<Response> {
        let asks = request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if self.0.is_none() || !asks {
            return None;
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        insert_safety(headers);
        self.mark(&request.headers, headers);
        if headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS).is_some() {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
            headers.insert(ACCESS_CONTROL_MAX_AGE, KEPT);
        }
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::VARY;

    use super::*;

    fn told(allow: Option<Origins>, origin: Option<&'static str>) -> (Option<String>, Option<String>) {
        let request: HeaderMap =
            origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))).into_iter().collect();
        let mut answer = HeaderMap::from_iter([(VARY, HeaderValue::from_static("Accept"))]);
        Cors::new(allow).mark(&request, &mut answer);
        let text = |name| answer.get(name).map(|value| value.to_str().unwrap().to_owned());
        (text(ACCESS_CONTROL_ALLOW_ORIGIN), text(VARY).filter(|vary| vary != "Accept"))
    }

    #[test]
    fn an_origin_is_named_only_if_it_is_listed_and_caches_always_know() {
        let listed = || {
            Some(Origins::Listed(vec!["https://a.test".parse().unwrap(), "https://b.test".parse().unwrap()]))
        };
        let vary = || Some("Accept, Origin".to_owned());
        for (allow, origin, named, varies) in [
            (None, Some("https://a.test"), None, None),
            (Some(Origins::Any), Some("https://a.test"), Some("*"), None),
            (Some(Origins::Any), None, Some("*"), None),
            (listed(), Some("https://b.test"), Some("https://b.test"), vary()),
            (listed(), Some("https://c.test"), None, vary()),
            (listed(), Some("https://a.test.evil.test"), None, vary()),
            (listed(), Some("http://a.test"), None, vary()),
            (listed(), Some("null"), None, vary()),
            (listed(), None, None, vary()),
        ] {
            assert_eq!(
                told(allow.clone(), origin),
                (named.map(str::to_owned), varies),
                "{allow:?} {origin:?}"
            );
        }
    }
}
