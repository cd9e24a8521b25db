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
use crate::conditional::not_modified;
use crate::headers::{self, insert};

/// All that a reply needs.
pub(crate) struct Answer {
    pub entry: Arc<Entry>,
    pub body: Body,
    pub path: Path,
    /// Whether `type=auto` was asked.
    pub negotiated: bool,
}

/// How the answer came about, as `Cache-Status` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// It was there.
    Hit(Tier),
    /// This request caused the render; `stored` says whether it was kept before the answer began.
    Rendered { stored: bool },
    /// It joined a render that another request caused.
    Collapsed,
}

/// Where a hit's bytes were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Memory,
    Store,
}

impl Path {
    const fn cache_status(self) -> &'static str {
        match self {
            Self::Hit(Tier::Memory) => "imcaxy; hit; detail=memory",
            Self::Hit(Tier::Store) => "imcaxy; hit; detail=store",
            Self::Rendered { stored: true } => "imcaxy; fwd=uri-miss; fwd-status=200; stored",
            Self::Rendered { stored: false } => "imcaxy; fwd=uri-miss; fwd-status=200",
            Self::Collapsed => "imcaxy; fwd=uri-miss; collapsed",
        }
    }
}

/// The answer: 200 with the body, or 304 without. The server leaves the body out for HEAD.
pub(crate) fn reply(app: &App, request: &HeaderMap, answer: Answer) -> Response {
    let Answer { entry, body, path, negotiated } = answer;
    let fresh = not_modified(request, &entry.etag, entry.created_at);
    let mut response = Response::new(if fresh { Body::empty() } else { body });
    let headers = response.headers_mut();
    if !fresh {
        insert(headers, CONTENT_TYPE, entry.content_type.clone());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(entry.size));
    }
    describe(headers, app, &entry, path);
    if negotiated {
        headers.insert(VARY, HeaderValue::from_static("Accept"));
    }
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

/// What a 304 says as well as a 200.
fn describe(headers: &mut HeaderMap, app: &App, entry: &Entry, path: Path) {
    insert(headers, ETAG, entry.etag.clone());
    insert(headers, LAST_MODIFIED, entry.created_at.http_date());
    insert(headers, CACHE_CONTROL, app.rules.cache_control.clone());
    headers.insert(headers::CACHE_STATUS, HeaderValue::from_static(path.cache_status()));
    let tags: Vec<String> = entry.sources.iter().map(|source| source.id.tag()).collect();
    insert(headers, headers::CACHE_TAG, tags.join(","));
    headers::insert_safety(headers);
}
