//! From an entry and its bytes to an answer: every header of a picture is set here.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, LAST_MODIFIED};
use axum::response::Response;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::jobs::Unkept;

use crate::cache_status::CacheStatus;
use crate::formed::formed;
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
    let mut response =
        formed(form, body, entry.size, &entry.content_type, |headers| describe(headers, &asked, &entry));
    let headers = response.headers_mut();
    insert(headers, headers::CACHE_STATUS, status.to_string());
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

/// What a 304 says as well as a 200.
fn describe(headers: &mut HeaderMap, asked: &Asked, entry: &Entry) {
    insert(headers, ETAG, entry.etag.clone());
    insert(headers, LAST_MODIFIED, entry.created_at.http_date());
    insert(headers, CACHE_CONTROL, asked.control.clone());
    let tags: Vec<String> = entry.sources.iter().map(|source| source.id.tag().to_string()).collect();
    insert(headers, headers::CACHE_TAG, tags.join(","));
    headers::insert_safety(headers);
}
