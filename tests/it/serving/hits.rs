//! Hits, and what every picture is answered with.

use imcaxy_shared::request::SourceId;
use reqwest::Method;

use crate::harness::{Answer, Kept, Stack, forget_memory, on, on_both_stacks, start, until_kept};

on_both_stacks! {
    what_one_replica_rendered_is_a_hit_on_the_other,
    a_picture_comes_with_every_header_that_is_promised,
    head_says_what_get_says_without_the_body,
    the_stores_hold_what_was_answered_as_stored,
    requests_that_differ_safely_share_one_picture,
}

async fn what_one_replica_rendered_is_a_hit_on_the_other(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    assert!(
        first.cache_status().starts_with("imcaxy; fwd=uri-miss; fwd-status=200"),
        "{}",
        first.cache_status()
    );
    // A picture is handed over before it is stored.
    until_kept(&system, 1).await;
    forget_memory(&mut system).await;
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

async fn a_picture_comes_with_every_header_that_is_promised(stack: Stack) {
    let system = start(on(stack)).await;
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

async fn head_says_what_get_says_without_the_body(stack: Stack) {
    let system = start(on(stack)).await;
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

async fn the_stores_hold_what_was_answered_as_stored(stack: Stack) {
    let system = start(on(stack)).await;
    // Larger than what is handed over, so that it is answered when it is stored.
    let path = system.path("/convert?type=png", "large.jpg");
    let answer = Answer::get(&system, 0, &path).await.picture();
    assert!(answer.cache_status().ends_with("; stored"), "{}", answer.cache_status());
    let kept = Kept::of(&system.scope).await;
    let [entry] = &kept.entries[..] else { panic!("one entry is kept: {:?}", kept.entries) };
    assert_eq!(kept.bytes(entry).await, answer.body);
    assert_eq!((entry.content_type.as_str(), entry.etag.as_str()), ("image/png", answer.header("etag")));
    assert_eq!(entry.stamp.get(), 0);
    let [source] = &kept.sources[..] else { panic!("one source is kept: {:?}", kept.sources) };
    let url = system.origin.url("large.jpg");
    assert_eq!((&source.url, &source.id), (&url, &SourceId::of(&url)));
    assert_eq!(entry.sources.len(), 1);
    system.finish().await;
}

async fn requests_that_differ_safely_share_one_picture(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "X-Amz-Signature")).await;
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
