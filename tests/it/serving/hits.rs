//! Hits, and what every picture is answered with.

use imcaxy_shared::request::SourceId;
use reqwest::Method;

use crate::harness::{Answer, Kept, start, system, until_kept};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_rendered_is_a_hit_on_the_other() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    assert!(
        first.cache_status().starts_with("imcaxy; fwd=uri-miss; fwd-status=200"),
        "{}",
        first.cache_status()
    );
    // A picture is handed over before it is stored.
    until_kept(&system, 1).await;
    let second = Answer::get(&system, 1, &path).await.picture();
    assert_eq!(second.cache_status(), "imcaxy; hit; detail=store");
    let third = Answer::get(&system, 1, &path).await.picture();
    assert_eq!(third.cache_status(), "imcaxy; hit; detail=memory");
    for answer in [&second, &third] {
        assert_eq!(answer.body, first.body);
        for name in ["etag", "last-modified", "cache-control", "cache-tag", "content-type"] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
    }
    assert_eq!((system.gauge.calls().len(), system.origin.count("large.jpg")), (1, 1));
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_comes_with_every_header_that_is_promised() {
    let system = start(system()).await;
    let answer = Answer::get(&system, 0, &system.path("/resize?width=300", "medium.jpg")).await.picture();
    let tag = SourceId::of(&system.origin.url("medium.jpg")).tag().to_string();
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=300"),
        ("cache-tag", tag.as_str()),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("etag").starts_with('"') && answer.header("etag").ends_with('"'));
    assert!(answer.header("last-modified").ends_with(" GMT"));
    assert_eq!(answer.header("x-request-id").len(), 32);
    assert!(!answer.headers.contains_key("age"));
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_says_what_get_says_without_the_body() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let miss = Answer::of(system.request(Method::HEAD, 0, &path).send().await.expect("an answer")).await;
    assert_eq!(miss.status, 200);
    let get = Answer::get(&system, 0, &path).await.picture();
    let head = Answer::of(system.request(Method::HEAD, 1, &path).send().await.expect("an answer")).await;
    for name in ["etag", "last-modified", "content-length", "content-type"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert_eq!(miss.header(name), get.header(name), "{name}");
    }
    assert!(head.body.is_empty() && miss.body.is_empty());
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_hold_what_was_answered_as_stored() {
    let system = start(system()).await;
    // Larger than what is handed over, so that it is answered when it is stored.
    let path = system.path("/convert?type=png", "large.jpg");
    let answer = Answer::get(&system, 0, &path).await.picture();
    assert!(answer.cache_status().ends_with("; stored"), "{}", answer.cache_status());
    let kept = Kept::of(&system.scope).await;
    let [entry] = &kept.entries[..] else { panic!("one entry is kept: {:?}", kept.entries) };
    assert_eq!(kept.bytes(entry).await, answer.body);
    assert_eq!(entry.get_str("content_type").expect("a type"), "image/png");
    assert_eq!(entry.get_str("etag").expect("an etag"), answer.header("etag"));
    assert_eq!(entry.get_i64("stamp").expect("a stamp"), 0);
    let [source] = &kept.sources[..] else { panic!("one source is kept: {:?}", kept.sources) };
    let url = system.origin.url("large.jpg");
    assert_eq!(source.get_str("url").expect("a URL"), url);
    assert_eq!(source.get_str("_id").expect("an id"), SourceId::of(&url).as_str());
    let named = entry.get_array("sources").expect("sources");
    assert_eq!(named.len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_differ_safely_share_one_picture() {
    let system = start(system().env("IMCAXY_SOURCES_IGNORE_QUERY", "X-Amz-Signature")).await;
    let photo = system.origin.url("medium.jpg");
    for query in [
        format!("width=300&url={photo}"),
        format!("url={photo}&width=300.2&utm_source=x"),
        format!("url={photo}%23part&width=300&quality=75&extend=COPY"),
        format!("width=300&url={photo}?X-Amz-Signature=abc"),
    ] {
        Answer::get(&system, 0, &format!("/resize?{query}")).await.picture();
    }
    assert_eq!(system.gauge.calls().len(), 1);
    let other = format!("/resize?width=300&url={photo}?v=2&nocrop=false");
    Answer::get(&system, 0, &other).await.picture();
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}
