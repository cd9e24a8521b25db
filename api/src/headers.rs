//! Names and fixed values of headers.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};

/// RFC 9211.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// The sources of a picture, for purges of a CDN.
pub(crate) const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
/// W3C Server Timing.
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Names a request, here and in the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Adds one to the request headers that an answer depends on.
pub(crate) fn insert_vary(headers: &mut HeaderMap, name: &'static str) {
    let known = headers.get(VARY).and_then(|known| known.to_str().ok());
    let all = known.map_or_else(|| name.to_owned(), |known| format!("{known}, {name}"));
    insert(headers, VARY, all);
}

/// Sets a header to text that is known to be printable ASCII; anything else is left out.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// What keeps a browser from taking an answer for anything but a picture.
pub(crate) fn insert_safety(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(CORP, HeaderValue::from_static("cross-origin"));
}
