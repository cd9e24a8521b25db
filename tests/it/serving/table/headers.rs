//! The headers of a picture's answer, whichever way it came.

use imcaxy_testkit::System;
use imcaxy_testkit::http::begin;
use reqwest::Method;

use super::filled_in;
use crate::harness::{Answer, Stack, on, on_both_stacks, start, until, until_hit, waiting_requests};

on_both_stacks! {
    every_answer_about_a_picture_has_the_same_headers_whichever_way_it_came,
    what_is_told_of_a_picture_has_the_headers_of_one,
}

/// Whether the value of a header is as promised.
type Fits = fn(&str) -> bool;

/// What every answer about a picture says, 304 too, and `cache-control`; it and `cache-status` have a table of their own.
const ALWAYS: &[(&str, Fits)] = &[
    ("etag", |value| value.len() > 2 && value.starts_with('"') && value.ends_with('"')),
    ("last-modified", |value| value.ends_with(" GMT")),
    ("cache-tag", |value| value.strip_prefix("src-").is_some_and(|tag| tag.len() == 16)),
    ("accept-ranges", |value| value == "bytes"),
    ("server-timing", |value| value.starts_with("total;dur=")),
    ("cache-status", |value| value.starts_with("imcaxy; ")),
    ("x-content-type-options", |value| value == "nosniff"),
    ("content-security-policy", |value| value == "default-src 'none'; sandbox"),
    ("cross-origin-resource-policy", |value| value == "cross-origin"),
    ("x-request-id", |value| value.len() == 32),
];

/// What an answer with a body, or to HEAD, says besides.
const WITH_A_BODY: &[(&str, Fits)] = &[
    ("content-type", |value| value == "image/jpeg"),
    ("content-length", |value| value.parse::<u64>().is_ok_and(|length| length > 0)),
];

/// What no answer says: towards caches this is the origin.
const NEVER: &[&str] = &["age", "set-cookie"];

/// What caches may do with a picture, unless it is stale or not kept.
const USUAL: &str = "public, max-age=300";

const PATH: &str = "/resize?width=300&SOURCE/medium.jpg";

async fn every_answer_about_a_picture_has_the_same_headers_whichever_way_it_came(stack: Stack) {
    let system = start(on(stack)).await;
    let path = filled_in(&system, PATH);
    let gate = system.gauge.hold();
    let first = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let joined = begin(system.request(Method::GET, 1, &path));
    until("both wait for one job", async || waiting_requests(&system).await == 2).await;
    gate.open();
    let (rendered, joined) = (Answer::to(first).await, Answer::to(joined).await);
    fits("rendered", &rendered, 200);
    fits("collapsed", &joined, 200);
    until_hit(&system, 0, &path).await;
    let etag = rendered.header("etag").to_owned();
    for (way, replica, method, headers, status) in [
        ("from the store", 1, Method::GET, None, 200),
        ("from memory", 1, Method::GET, None, 200),
        ("head", 1, Method::HEAD, None, 200),
        ("a part", 1, Method::GET, Some(("range", "bytes=0-99")), 206),
        ("not modified", 1, Method::GET, Some(("if-none-match", etag.as_str())), 304),
    ] {
        let answer = asked(&system, replica, method, &path, headers).await;
        fits(way, &answer, status);
        for name in ["etag", "last-modified", "cache-tag"] {
            assert_eq!(answer.header(name), rendered.header(name), "{way}: {name}");
        }
    }
    system.finish().await;
}

async fn what_is_told_of_a_picture_has_the_headers_of_one(stack: Stack) {
    let system = start(on(stack)).await;
    let answer = Answer::get(&system, 0, &filled_in(&system, "/info?SOURCE/medium.jpg")).await.picture();
    assert_eq!(answer.header("content-type"), "application/json");
    said_of_a_picture("info", &answer, USUAL);
    system.finish().await;
}

async fn asked(
    system: &System,
    replica: usize,
    method: Method,
    path: &str,
    header: Option<(&str, &str)>,
) -> Answer {
    let request = system.request(method, replica, path);
    let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    Answer::to(begin(request)).await
}

fn fits(way: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{way}");
    said_of_a_picture(way, answer, USUAL);
    if status != 304 {
        have(WITH_A_BODY, way, answer);
    }
}

/// Fails the test unless the answer has what every answer about a picture has.
pub(super) fn said_of_a_picture(way: &str, answer: &Answer, cache_control: &str) {
    have(ALWAYS, way, answer);
    assert_eq!(answer.header("cache-control"), cache_control, "{way}");
}

fn have(headers: &[(&str, Fits)], way: &str, answer: &Answer) {
    for (name, fits) in headers {
        assert!(fits(answer.header(name)), "{way}: {name}: {:?}", answer.header(name));
    }
    for name in NEVER {
        assert!(!answer.headers.contains_key(*name), "{way}: {name}");
    }
}
