//! From an entry and its bytes to an answer: every header of a picture is set here.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    LAST_MODIFIED,
};
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::entry::Entry;
use imcaxy_shared::jobs::Unkept;

use crate::cache_status::CacheStatus;
use crate::conditional::Form;
use crate::error::{Code, Refused};
use crate::headers::{self, insert, insert_vary};
use crate::lookup::Asked;
use crate::open::Opened;

/// All that a reply needs.
pub(crate) struct Answer {
    pub asked: Asked,
    pub entry: Arc<Entry>,
    pub opened: Opened,
    /// How it came about.
    pub status: CacheStatus,
    /// Why it is not kept, if it is not.
    pub unkept: Option<Unkept>,
}

/// The answer, in the form that was asked for.
pub(crate) fn reply(answer: Answer) -> Response {
    let Answer { mut asked, entry, opened: Opened { form, body, .. }, status, unkept } = answer;
    if status.is_stale() {
        // It must not become fresh again downstream.
        "no-cache".clone_into(&mut asked.control);
    }
    let mut response = match form {
        Form::Whole => picture(&asked, &entry, body, StatusCode::OK, entry.size),
        Form::Part(part) => {
            let mut response =
                picture(&asked, &entry, body, StatusCode::PARTIAL_CONTENT, part.end - part.start);
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, entry.size);
            insert(response.headers_mut(), CONTENT_RANGE, range);
            response
        }
        Form::NotModified => {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            describe(response.headers_mut(), &asked, &entry);
            response
        }
        // These two are errors, without a validator that a client might take for the picture's.
        Form::PreconditionFailed => {
            Refused::new(Code::PreconditionFailed, "the picture is not the one that the request is about")
                .into_response()
        }
        Form::Beyond => {
            let message = format!("the picture ends before the range begins: it has {} bytes", entry.size);
            let mut response = Refused::new(Code::RangeNotSatisfiable, message).into_response();
            insert(response.headers_mut(), CONTENT_RANGE, format!("bytes */{}", entry.size));
            response
        }
    };
    let headers = response.headers_mut();
    insert(headers, headers::CACHE_STATUS, status.to_string());
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // Errors say more than that already.
    if let Some(unkept) = unkept
        && headers.contains_key(ETAG)
    {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control(unkept)));
    }
    if asked.negotiated {
        insert_vary(headers, "Accept");
    }
    response
}

/// What caches may do with a picture that is not kept here.
const fn cache_control(unkept: Unkept) -> &'static str {
    match unkept {
        Unkept::Private => "private, no-store",
        // The next one may well be another.
        Unkept::Unsteady | Unkept::Degraded => "no-cache",
    }
}

/// An answer with `length` bytes of the picture, or to HEAD, whose body the server leaves out.
fn picture(asked: &Asked, entry: &Entry, body: Body, status: StatusCode, length: u64) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    insert(headers, CONTENT_TYPE, entry.content_type.clone());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    describe(headers, asked, entry);
    response
}

/// What a 304 says as well as a 200.
fn describe(headers: &mut HeaderMap, asked: &Asked, entry: &Entry) {
    insert(headers, ETAG, entry.etag.clone());
    insert(headers, LAST_MODIFIED, entry.created_at.http_date());
    insert(headers, CACHE_CONTROL, asked.control.clone());
    let tags: Vec<String> = entry.sources.iter().map(|source| source.id.tag().to_string()).collect();
    insert(headers, headers::CACHE_TAG, tags.join(","));
    headers::insert_safety(headers);
}
