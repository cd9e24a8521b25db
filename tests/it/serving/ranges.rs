//! Parts of pictures.

use bytes::Bytes;
use imcaxy_testkit::System;
use reqwest::Method;

use crate::harness::{Answer, Stack, on, on_both_stacks, start, until_hit};

on_both_stacks! {
    a_picture_in_memory_is_answered_in_parts,
    a_picture_that_is_not_held_in_memory_is_answered_in_parts_too,
    a_range_changes_neither_what_is_rendered_nor_what_is_kept,
    the_rest_of_a_picture_is_answered_only_if_it_is_still_the_same,
}

async fn part(system: &System, path: &str, range: &str) -> Answer {
    Answer::with(system, 0, path, &[("range", range)]).await
}

/// Asks for a picture in thirds, and for what is odd.
async fn is_answered_in_parts(system: &System, path: &str, whole: &Answer, detail: &str) {
    let size = whole.body.len();
    let (third, last) = (size / 3, size - 1);
    let thirds = [
        (format!("bytes=0-{}", third - 1), 0..third),
        (format!("bytes={third}-{}", 2 * third - 1), third..2 * third),
        (format!("bytes=-{}", size - 2 * third), 2 * third..size),
    ];
    let mut joined = Vec::new();
    for (range, bytes) in thirds {
        let answer = part(system, path, &range).await;
        assert_eq!(answer.status, 206, "{range}");
        let said = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
        assert_eq!(answer.header("content-range"), said);
        assert_eq!(answer.header("content-length"), bytes.len().to_string());
        assert_eq!(answer.cache_status(), format!("imcaxy; hit; detail={detail}"));
        for name in ["etag", "last-modified", "content-type", "cache-control", "cache-tag"] {
            assert_eq!(answer.header(name), whole.header(name), "{range}: {name}");
        }
        joined.extend_from_slice(&answer.body);
    }
    assert_eq!(Bytes::from(joined), whole.body);
    for (range, status, length) in [
        ("bytes=0-".to_owned(), 206, size),
        (format!("bytes={last}-{last}"), 206, 1),
        ("bytes=0-9,10-19".to_owned(), 206, 20),
        ("bytes=0-9,20-29".to_owned(), 200, size),
        ("bytes=9-0".to_owned(), 200, size),
        ("pages=1-2".to_owned(), 200, size),
    ] {
        let answer = part(system, path, &range).await;
        assert_eq!((answer.status, answer.body.len()), (status, length), "{range}");
        assert_eq!(answer.headers.contains_key("content-range"), status == 206, "{range}");
    }
    let beyond = part(system, path, &format!("bytes={size}-")).await.refused(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
    assert_eq!(beyond.header("accept-ranges"), "bytes");
}

async fn a_picture_in_memory_is_answered_in_parts(stack: Stack) {
    let system = start(on(stack).apis(1)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    until_hit(&system, 0, &path).await;
    let whole = until_hit(&system, 0, &path).await;
    is_answered_in_parts(&system, &path, &whole, "memory").await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn a_picture_that_is_not_held_in_memory_is_answered_in_parts_too(stack: Stack) {
    let system = start(on(stack).apis(1).env("IMCAXY_CACHE_MEMORY", "0")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let whole = until_hit(&system, 0, &path).await;
    is_answered_in_parts(&system, &path, &whole, "store").await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn a_range_changes_neither_what_is_rendered_nor_what_is_kept(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let first = part(&system, &path, "bytes=0-99").await;
    assert_eq!((first.status, first.body.len()), (206, 100));
    assert!(first.cache_status().starts_with("imcaxy; fwd=uri-miss; fwd-status=200"));
    let whole = until_hit(&system, 1, &path).await;
    assert_eq!(first.body, whole.body.slice(..100));
    assert_eq!(first.header("etag"), whole.header("etag"));
    // A range is defined for GET alone.
    let head = system.request(Method::HEAD, 1, &path).header("range", "bytes=0-99");
    let head = Answer::of(head.send().await.expect("an answer")).await;
    assert_eq!((head.status, head.header("content-length")), (200, whole.header("content-length")));
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn the_rest_of_a_picture_is_answered_only_if_it_is_still_the_same(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let whole = until_hit(&system, 0, &path).await;
    let (etag, date) = (whole.header("etag"), whole.header("last-modified"));
    let weak = format!("W/{etag}");
    for (condition, status) in [
        (etag, 206),
        (date, 206),
        ("\"other\"", 200),
        (weak.as_str(), 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        let headers = [("range", "bytes=100-"), ("if-range", condition)];
        let answer = Answer::with(&system, 0, &path, &headers).await;
        assert_eq!(answer.status, status, "{condition}");
        let expected = if status == 206 { whole.body.slice(100..) } else { whole.body.clone() };
        assert_eq!(answer.body, expected, "{condition}");
    }
    system.finish().await;
}
