//! Scripts of other origins.

use imcaxy_testkit::System;
use reqwest::Method;

use crate::harness::{Answer, Stack, on, on_both_stacks, start, until_hit};

on_both_stacks! {
    scripts_of_listed_origins_may_read_and_caches_are_told_of_it,
    any_origin_may_read_where_all_are_allowed_and_none_where_nothing_is_said,
}

const LISTED: &str = "https://a.test,https://b.test:8443";

async fn preflight(system: &System, origin: &str) -> Answer {
    let path = system.path("/resize?width=300", "medium.jpg");
    let request = system
        .request(Method::OPTIONS, 0, &path)
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "api-key,range");
    Answer::of(request.send().await.expect("an answer")).await
}

async fn scripts_of_listed_origins_may_read_and_caches_are_told_of_it(stack: Stack) {
    let system = start(on(stack).apis(1).env("IMCAXY_CORS_ALLOW", LISTED)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let etag = until_hit(&system, 0, &path).await.header("etag").to_owned();
    let wrong = system.path("/resize?width=abc&type=auto", "medium.jpg");
    for (path, condition, status, vary) in [
        (path.as_str(), ("range", "bytes=0-9"), 206, "Origin"),
        (&path, ("if-none-match", &etag), 304, "Origin"),
        (&path, ("range", "bytes=9999999-"), 416, "Origin"),
        (&path, ("accept", "*/*"), 200, "Origin"),
        (&wrong, ("accept", "*/*"), 400, "Accept, Origin"),
    ] {
        for (origin, named) in
            [("https://b.test:8443", true), ("https://b.test", false), ("https://c.test", false)]
        {
            let answer = Answer::with(&system, 0, path, &[condition, ("origin", origin)]).await;
            assert_eq!((answer.status, answer.header("vary")), (status, vary), "{path}");
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, if named { origin } else { "" }, "{path}");
            assert_eq!(answer.header("access-control-expose-headers").contains("Content-Range"), named);
        }
        let without = Answer::with(&system, 0, path, &[condition]).await;
        assert_eq!(without.header("vary"), vary, "{path}");
        assert!(!without.headers.contains_key("access-control-allow-origin"));
    }
    let allowed = preflight(&system, "https://a.test").await;
    assert_eq!((allowed.status, allowed.body.len()), (204, 0));
    assert_eq!(allowed.header("access-control-allow-origin"), "https://a.test");
    assert_eq!(allowed.header("access-control-allow-methods"), "GET, HEAD");
    assert!(allowed.header("access-control-allow-headers").contains("API-Key"));
    assert_eq!(allowed.header("vary"), "Origin");
    let refused = preflight(&system, "https://c.test").await;
    assert_eq!(refused.status, 204);
    assert!(refused.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    // What is no preflight is a method like any other.
    let path = system.path("/resize?width=300", "medium.jpg");
    let plain = system.request(Method::OPTIONS, 0, &path).send().await.expect("an answer");
    Answer::of(plain).await.refused(405, "method_not_allowed");
    system.finish().await;
}

async fn any_origin_may_read_where_all_are_allowed_and_none_where_nothing_is_said(stack: Stack) {
    for (allow, named) in [(Some("*"), "*"), (None, "")] {
        let system =
            allow.into_iter().fold(on(stack).apis(1), |system, allow| system.env("IMCAXY_CORS_ALLOW", allow));
        let system = start(system).await;
        let path = system.path("/resize?width=300", "medium.jpg");
        for headers in [&[("origin", "https://a.test")][..], &[]] {
            let answer = Answer::with(&system, 0, &path, headers).await.picture();
            assert_eq!(answer.header("access-control-allow-origin"), named);
            assert!(!answer.headers.contains_key("vary"));
        }
        let preflight = preflight(&system, "https://a.test").await;
        assert_eq!(preflight.status, if named.is_empty() { 405 } else { 204 });
        assert_eq!(preflight.header("access-control-allow-origin"), named);
        system.finish().await;
    }
}
