//! What the origin answers, given how a path behaves.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use sha2::{Digest, Sha256};

use super::behaviour::Behaviour;
use crate::Photo;

pub(super) async fn answer(
    path: &str,
    behaviour: &Behaviour,
    replaced: u32,
    asked: &HeaderMap,
) -> Response<Body> {
    tokio::time::sleep(behaviour.delay).await;
    let (status, bytes) = content(path, behaviour).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path, status)));
    if status.is_success() && !behaviour.without_validators {
        headers.insert(header::ETAG, entity_tag(&bytes));
        headers.insert(header::LAST_MODIFIED, last_modified(replaced));
    }
    for (name, value) in &behaviour.headers {
        headers.insert(name, value.clone());
    }
    if status == StatusCode::OK && is_unchanged(headers, asked) {
        headers.remove(header::CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if !behaviour.without_length && behaviour.given(header::CONTENT_LENGTH).is_none() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    *response.body_mut() = body(bytes, behaviour);
    response
}

/// The status and the whole body, before anything is done to it.
async fn content(path: &str, behaviour: &Behaviour) -> (StatusCode, Bytes) {
    let status = behaviour.status.unwrap_or(StatusCode::OK);
    if let Some(bytes) = &behaviour.body {
        return (status, bytes.clone());
    }
    if !status.is_success() {
        return (status, Bytes::from(format!("{status}\n")));
    }
    match Photo::find(path).await {
        Ok(bytes) => (status, bytes),
        Err(error) => (StatusCode::NOT_FOUND, Bytes::from(format!("{error}\n"))),
    }
}

fn content_type(path: &str, status: StatusCode) -> &'static str {
    if !status.is_success() {
        return "text/plain; charset=utf-8";
    }
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("svg") => "image/svg+xml",
        Some("heic") => "image/heic",
        Some("jp2") => "image/jp2",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

fn entity_tag(bytes: &Bytes) -> HeaderValue {
    let mut digest = hex::encode(Sha256::digest(bytes));
    digest.truncate(16);
    HeaderValue::from_str(&format!("\"{digest}\"")).expect("hex digits are fit for a header")
}

/// A day in January 2024, the next one each time that the bytes are replaced; the thirty-first is the last.
fn last_modified(replaced: u32) -> HeaderValue {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]; // it began with a Monday

    let days = replaced.min(30);
    let weekday = WEEKDAYS.iter().cycle().nth(days as usize).unwrap_or(&"Mon");
    let date = format!("{weekday}, {:02} Jan 2024 12:00:00 GMT", days + 1);
    HeaderValue::from_str(&date).expect("a date is fit for a header")
}

/// Whether the client has what would be answered; its tags count more than its date (RFC 9110 §13.2.2).
fn is_unchanged(headers: &HeaderMap, asked: &HeaderMap) -> bool {
    if let Some(tags) = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) {
        let Some(current) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) else { return false };
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        return tags.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(current));
    }
    // A file that is older than that is not one that was modified since (§13.1.3).
    let date =
        |value: &HeaderValue| value.to_str().ok().and_then(|date| httpdate::parse_http_date(date).ok());
    let since = asked.get(header::IF_MODIFIED_SINCE).and_then(date);
    let modified = headers.get(header::LAST_MODIFIED).and_then(date);
    since.zip(modified).is_some_and(|(since, modified)| modified <= since)
}

fn body(bytes: Bytes, behaviour: &Behaviour) -> Body {
    if behaviour.slow.is_none() && behaviour.cut_after.is_none() {
        return if behaviour.without_length {
            Body::from_stream(stream::iter([Ok::<_, Infallible>(bytes)]))
        } else {
            Body::from(bytes)
        };
    }
    let (part, pause) =
        behaviour.slow.map_or((bytes.len().max(1), Duration::ZERO), |slow| (slow.part, slow.pause));
    let end = behaviour.cut_after.map_or(bytes.len(), |end| end.min(bytes.len()));
    let sent = bytes.slice(..end);
    let parts =
        (0..sent.len()).step_by(part).map(move |start| sent.slice(start..sent.len().min(start + part)));
    let parts = stream::iter(parts).then(move |part| async move {
        tokio::time::sleep(pause).await;
        Ok(part)
    });
    let cut = behaviour.cut_after.map(|_| Err(io::Error::other("cut short, as the test wants it")));
    Body::from_stream(parts.chain(stream::iter(cut)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_bytes_are_dated_later() {
        assert_eq!(last_modified(0), "Mon, 01 Jan 2024 12:00:00 GMT");
        assert_eq!(last_modified(9), "Wed, 10 Jan 2024 12:00:00 GMT");
        assert_eq!(last_modified(99), "Wed, 31 Jan 2024 12:00:00 GMT");
    }
}
