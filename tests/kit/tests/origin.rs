//! The origin's knobs do what they say.

use std::time::{Duration, Instant};

use imcaxy_testkit::{Behaviour, Origin, Photo, http};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

#[tokio::test]
async fn photographs_are_served_as_by_a_file_server() {
    let origin = Origin::start().await;
    let answer = http::client().get(origin.url("exif/Landscape_6.jpg")).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CONTENT_TYPE], "image/jpeg");
    let tag = answer.headers()[ETAG].clone();
    let modified = answer.headers()[LAST_MODIFIED].clone();
    assert_eq!(answer.bytes().await.expect("a body"), Photo::bytes("exif/Landscape_6.jpg").await);

    for (name, value) in [(IF_NONE_MATCH, tag), (IF_MODIFIED_SINCE, modified)] {
        let asked = http::client().get(origin.url("exif/Landscape_6.jpg")).header(name, value);
        let answer = asked.send().await.expect("answers");
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    }
    assert_eq!(origin.count("exif/Landscape_6.jpg"), 3);
    assert_eq!(origin.conditional("/exif/Landscape_6.jpg"), 2);
    let missing = http::client().get(origin.url("nothing.jpg")).send().await.expect("answers");
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_head_request_is_answered_without_a_body() {
    let origin = Origin::start().await;
    let answer = http::client().head(origin.url("large.jpg")).send().await.expect("answers");
    let length: usize = answer.headers()[CONTENT_LENGTH].to_str().expect("text").parse().expect("a number");
    assert_eq!(length, Photo::bytes("large.jpg").await.len());
    assert!(answer.bytes().await.expect("an end").is_empty());
}

#[tokio::test]
async fn replaced_bytes_have_another_tag_and_a_later_date() {
    let origin = Origin::start().await;
    let client = http::client();
    let before = client.get(origin.url("medium.jpg")).send().await.expect("answers");
    let stamp = before.headers()[LAST_MODIFIED].clone();
    origin.behave("medium.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    let asked = client.get(origin.url("medium.jpg")).header(IF_MODIFIED_SINCE, &stamp);
    let after = asked.send().await.expect("answers");
    assert_eq!(after.status(), StatusCode::OK);
    assert_ne!(after.headers()[ETAG], before.headers()[ETAG]);
    assert_ne!(after.headers()[LAST_MODIFIED], stamp);
}

#[tokio::test]
async fn a_path_answers_as_it_is_told() {
    let origin = Origin::start().await;
    let client = http::client();
    let get = async |path: &str| client.get(origin.url(path)).send().await.expect("answers");

    origin.behave("a.jpg", Behaviour::status(503).header("retry-after", "7"));
    let refused = get("a.jpg").await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].as_bytes()),
        (503, b"7".as_slice())
    );

    origin.behave("a.jpg", Behaviour::redirect_to(&origin.url("b.jpg")));
    let redirected = get("a.jpg?v=2").await;
    assert_eq!(redirected.status(), StatusCode::FOUND);
    assert_eq!(redirected.headers()["location"], origin.url("b.jpg").as_str());
    assert_eq!(origin.requests("a.jpg").last().map(|seen| seen.query.clone()), Some("v=2".to_owned()));

    origin.behave("b.jpg", Behaviour::html());
    assert_eq!(get("b.jpg").await.headers()[CONTENT_TYPE], "text/html; charset=utf-8");

    origin.behave("large.jpg", Behaviour::photo().without_validators().header("cache-control", "no-store"));
    let plain = get("large.jpg").await;
    assert!(!plain.headers().contains_key(ETAG) && !plain.headers().contains_key(LAST_MODIFIED));
    assert_eq!(plain.headers()["cache-control"], "no-store");

    origin.behave("large.jpg", Behaviour::photo().without_length());
    let chunked = get("large.jpg").await;
    assert!(!chunked.headers().contains_key(CONTENT_LENGTH));
    assert_eq!(chunked.bytes().await.expect("a body"), Photo::bytes("large.jpg").await);
}

#[tokio::test]
async fn a_body_may_be_slow_or_cut_short() {
    let origin = Origin::start().await;
    let client = http::client();
    let whole = Photo::bytes("test.webp").await;

    let (part, pause) = (whole.len() / 4 + 1, Duration::from_millis(25));
    origin.behave("test.webp", Behaviour::photo().after(pause).slowly(part, pause));
    let begun = Instant::now();
    let slow = client.get(origin.url("test.webp")).send().await.expect("answers");
    assert_eq!(slow.bytes().await.expect("a body"), whole);
    assert!(begun.elapsed() >= 5 * pause, "one pause before the headers and one before each of four parts");

    origin.behave("test.webp", Behaviour::photo().cut_after(100));
    let cut = client.get(origin.url("test.webp")).send().await.expect("answers");
    assert_eq!(cut.content_length(), Some(whole.len() as u64));
    assert!(cut.bytes().await.is_err(), "a body that is cut short is an error");
}

#[tokio::test]
async fn requests_wait_while_a_path_is_held() {
    let origin = Origin::start().await;
    let gate = origin.hold("large.jpg");
    let requests: Vec<_> = (0..3).map(|_| http::begin(http::client().get(origin.url("large.jpg")))).collect();
    gate.wait_for(3).await;
    assert_eq!(origin.count("large.jpg"), 3);
    assert!(requests.iter().all(|request| !request.is_finished()));

    // What is set while they wait is what they are answered with.
    origin.behave("large.jpg", Behaviour::status(404));
    gate.open();
    for request in requests {
        assert_eq!(request.await.expect("answers").status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_origin_remembers_what_it_was_sent() {
    let origin = Origin::start().await;
    let asked = http::client().get(origin.url("large.jpg?a=1")).header("accept", "image/webp");
    asked.send().await.expect("answers");
    let seen = origin.all_requests();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].path.as_str(), seen[0].query.as_str()), ("large.jpg", "a=1"));
    assert_eq!(seen[0].header("accept"), "image/webp");
}
