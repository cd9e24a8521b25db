//! From an entry and its bytes to an answer: every header of a picture is set here.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LAST_MODIFIED, VARY,
};
use axum::response::Response;
use imcaxy_shared::entry::Entry;

use crate::App;
use crate::cache_status::CacheStatus;
use crate::conditional::not_modified;
use crate::headers::{self, insert};

/// All that a reply needs.
pub(crate) struct Answer {
    pub entry: Arc<Entry>,
    pub body: Body,
    /// How it came about.
    pub status: CacheStatus,
    /// Whether `type=auto` was asked.
    pub negotiated: bool,
}

/// The answer: 200 with the body, or 304 without. The server leaves the body out for HEAD.
pub(crate) fn reply(app: &App, request: &HeaderMap, answer: Answer) -> Response {
    let Answer { entry, body, status, negotiated } = answer;
    let fresh = not_modified(request, &entry.etag, entry.created_at);
    let mut response = Response::new(if fresh { Body::empty() } else { body });
    let headers = response.headers_mut();
    if !fresh {
        insert(headers, CONTENT_TYPE, entry.content_type.clone());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(entry.size));
    }
    describe(headers, app, &entry, status);
    if negotiated {
        headers.insert(VARY, HeaderValue::from_static("Accept"));
    }
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

/// What a 304 says as well as a 200.
fn describe(headers: &mut HeaderMap, app: &App, entry: &Entry, status: CacheStatus) {
    insert(headers, ETAG, entry.etag.clone());
    insert(headers, LAST_MODIFIED, entry.created_at.http_date());
    insert(headers, CACHE_CONTROL, app.rules.cache_control.clone());
    insert(headers, headers::CACHE_STATUS, status.to_string());
    let tags: Vec<String> = entry.sources.iter().map(|source| source.id.tag()).collect();
    insert(headers, headers::CACHE_TAG, tags.join(","));
    headers::insert_safety(headers);
}
