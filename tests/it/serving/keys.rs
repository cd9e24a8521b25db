//! Who may ask for pictures: API keys, and the pages that may ask.

use imcaxy_testkit::System;
use reqwest::Method;

use crate::harness::{Answer, Stack, on, on_both_stacks, start};

on_both_stacks! {
    a_key_is_asked_for_before_anything_is_answered,
    a_page_that_is_not_allowed_is_refused_and_a_request_without_a_page_is_not,
    of_several_reasons_to_refuse_the_first_in_order_is_told,
}

const FIRST: &str = "first key";
const SECOND: &str = "second/key+";

async fn ask(system: &System, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = system.request(method, 0, path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::of(request.send().await.expect("an answer")).await
}

async fn a_key_is_asked_for_before_anything_is_answered(stack: Stack) {
    let keys = format!("{FIRST}, {SECOND}");
    let system = start(on(stack).env("IMCAXY_REQUESTS_KEYS", &keys)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let rendered = ask(&system, Method::GET, &path, &[("api-key", FIRST)]).await.picture();
    let (escaped, wrong) = (format!("{path}&key=second%2Fkey%2B"), format!("{path}&key=wrong"));
    let twice = format!("{path}&key=wrong&key=first+key");
    let nothing: &[(&str, &str)] = &[];
    for (path, headers, passes) in [
        (&path, nothing, false),
        (&path, &[("api-key", SECOND)], true),
        (&path, &[("api-key", "first ke")], false),
        (&path, &[("api-key", "first key, second/key+")], false),
        (&path, &[("authorization", "Bearer first key")], false),
        (&escaped, nothing, true),
        (&wrong, nothing, false),
        // The first of two counts, and a header before any parameter; an empty one is none.
        (&twice, nothing, false),
        (&escaped, &[("api-key", "wrong")], false),
        (&wrong, &[("api-key", FIRST)], true),
        (&escaped, &[("api-key", "")], true),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&system, method.clone(), path, headers).await;
            assert_eq!(answer.status, if passes { 200 } else { 401 }, "{method} {path} {headers:?}");
            match passes {
                true => assert_eq!(answer.header("etag"), rendered.header("etag")),
                false => assert_eq!(answer.header("www-authenticate"), "ApiKey realm=\"images\""),
            }
        }
    }
    ask(&system, Method::GET, &path, &[]).await.refused(401, "bad_key");
    // Keys do not enter the cache key, and what is nowhere is no reason to say so to strangers.
    assert_eq!(system.gauge.calls().len(), 1);
    ask(&system, Method::GET, "/nope", &[]).await.refused(401, "bad_key");
    ask(&system, Method::GET, "/nope", &[("api-key", FIRST)]).await.refused(404, "unknown_operation");
    assert_eq!(ask(&system, Method::GET, "/health", &[]).await.status, 200);
    assert!(!system.apis.iter().any(|api| api.log().contains(FIRST)));
    system.finish().await;
}

async fn a_page_that_is_not_allowed_is_refused_and_a_request_without_a_page_is_not(stack: Stack) {
    let allowed = "https://www.example.com,http://localhost:3000";
    let system = start(on(stack).env("IMCAXY_REQUESTS_ALLOW_ORIGINS", allowed)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    ask(&system, Method::GET, &path, &[]).await.picture();
    for origin in ["https://www.example.com", "http://localhost:3000"] {
        ask(&system, Method::GET, &path, &[("origin", origin)]).await.picture();
    }
    for origin in ["https://example.com", "http://www.example.com", "http://localhost", "null", ""] {
        ask(&system, Method::GET, &path, &[("origin", origin)]).await.refused(403, "origin_forbidden");
    }
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn of_several_reasons_to_refuse_the_first_in_order_is_told(stack: Stack) {
    let system = start(
        on(stack)
            .env("IMCAXY_REQUESTS_KEYS", FIRST)
            .env("IMCAXY_REQUESTS_ALLOW_ORIGINS", "https://www.example.com")
            .env("IMCAXY_SIGNING_KEY", &"k".repeat(32))
            .env("IMCAXY_REQUESTS_MAX_URI", "1KiB"),
    )
    .await;
    let (key, origin) = (("api-key", FIRST), ("origin", "https://www.example.com"));
    let evil = ("origin", "https://evil.test");
    let long = format!("/resize?width=abc&x={}", "y".repeat(1024));
    let short = "/resize?width=abc";
    for (method, path, headers, status, code) in [
        (Method::POST, long.as_str(), vec![evil], 414, "uri_too_long"),
        (Method::POST, short, vec![evil], 405, "method_not_allowed"),
        (Method::GET, short, vec![evil], 401, "bad_key"),
        (Method::GET, short, vec![evil, key], 403, "origin_forbidden"),
        (Method::GET, short, vec![origin, key], 403, "bad_signature"),
    ] {
        ask(&system, method, path, &headers).await.refused(status, code);
    }
    system.finish().await;
}
