//! Requests that are refused before any job is asked for.

use reqwest::Method;

use crate::harness::{Answer, Stack, another_api, on, on_both_stacks, start};

on_both_stacks! {
    wrong_requests_are_named_and_cost_nothing,
    only_get_and_head_are_answered_and_long_requests_are_not,
    sources_that_are_not_allowed_are_refused_also_when_there_would_be_a_hit,
}

const SOURCE: &str = "url=http://images.test/1.jpg";

async fn wrong_requests_are_named_and_cost_nothing(stack: Stack) {
    let system = start(on(stack)).await;
    for (path, status, code) in [
        ("/nope?width=300&SOURCE", 404, "unknown_operation"),
        ("/resize/?width=300&SOURCE", 404, "unknown_operation"),
        ("/RESIZE?width=300&SOURCE", 404, "unknown_operation"),
        ("/resize?width=300", 400, "missing_url"),
        ("/resize?width=300&file=/etc/passwd", 400, "local_file"),
        ("/resize?width=300&file=a.jpg&SOURCE", 400, "local_file"),
        ("/resize?width=abc&SOURCE", 400, "bad_parameter"),
        ("/resize?SOURCE", 400, "bad_parameter"),
        ("/resize?width=300&background=255,0&SOURCE", 400, "bad_parameter"),
        ("/resize?width=300&aspectratio=16&SOURCE", 400, "bad_parameter"),
        ("/convert?type=gif&SOURCE", 400, "bad_parameter"),
        ("/resize?width=300&url=ftp://images.test/1.jpg", 400, "bad_url"),
        ("/resize?width=300&url=http://a:b@images.test/1.jpg", 400, "bad_url"),
        ("/resize?width=300&url=/1.jpg", 400, "bad_url"),
        ("/pipeline?operations=%5B%5D&SOURCE", 400, "bad_operations"),
        ("/pipeline?operations=nonsense&SOURCE", 400, "bad_operations"),
    ] {
        let path = path.replace("SOURCE", SOURCE);
        let answer = Answer::get(&system, 0, &path).await.refused(status, code);
        assert!(
            answer.cache_status().starts_with("imcaxy; fwd=bypass; detail="),
            "{}",
            answer.cache_status()
        );
    }
    assert!(system.gauge.calls().is_empty() && system.origin.all_requests().is_empty());
    system.finish().await;
}

async fn only_get_and_head_are_answered_and_long_requests_are_not(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = Answer::of(system.request(method, 0, &path).send().await.expect("an answer")).await;
        assert_eq!(answer.header("allow"), "GET, HEAD");
        answer.refused(405, "method_not_allowed");
    }
    let long = format!("{path}&x={}", "y".repeat(17 << 10));
    Answer::get(&system, 0, &long).await.refused(414, "uri_too_long");
    let auto = Answer::get(&system, 0, "/resize?type=auto&width=300").await.refused(400, "missing_url");
    assert_eq!(auto.header("vary"), "Accept");
    system.finish().await;
}

async fn sources_that_are_not_allowed_are_refused_also_when_there_would_be_a_hit(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/convert?type=png", "large.jpg");
    Answer::get(&system, 0, &path).await.picture();
    system.set("IMCAXY_SOURCES_ALLOW", "*.images.test,http://127.0.0.1:1/a");
    let narrow = another_api(&mut system).await;
    for path in [path.as_str(), "/resize?width=300&url=http://127.0.0.1:1/ab"] {
        Answer::get(&system, narrow, path).await.refused(403, "source_forbidden");
    }
    assert_eq!(system.origin.all_requests().len(), 1);
    system.finish().await;
}
