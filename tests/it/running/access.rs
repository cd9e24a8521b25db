//! Who may administer, and how much.

use imcaxy_testkit::http;
use reqwest::Method;

use crate::harness::{Answer, Stack, alone, on_both_stacks, until};

on_both_stacks! {
    each_token_is_known_by_its_name_and_nobody_else_learns_what_there_is,
    the_log_tells_the_client_that_a_trusted_proxy_names_and_the_request_by_the_id_in_its_answer,
}

const IN_FLIGHT: &str = "/api/v1/in-flight";

async fn each_token_is_known_by_its_name_and_nobody_else_learns_what_there_is(stack: Stack) {
    let mut api = alone(
        stack,
        &[
            ("IMCAXY_ADMIN_TOKEN", "whole secret"),
            ("IMCAXY_ADMIN_READ_TOKEN", "reading secret"),
            ("IMCAXY_ADMIN_TOKENS", "ci:revalidate:secret of ci, night.job:purge_all:secret:of:the:night"),
            ("IMCAXY_LOG_LEVEL", "info,imcaxy_api=debug"),
        ],
    )
    .await;
    let ask = async |method: &Method, path: &str, token: &str| {
        let asked = http::client().request(method.clone(), api.url(path)).bearer_auth(token);
        Answer::of(asked.send().await.expect("an answer")).await
    };
    for (token, name) in [
        ("whole secret", "admin"),
        ("reading secret", "read"),
        ("secret of ci", "ci"),
        ("secret:of:the:night", "night.job"),
    ] {
        assert_eq!(ask(&Method::GET, IN_FLIGHT, token).await.status, 200);
        until("the log names it", async || api.log().contains(&format!("actor=\"{name}\""))).await;
        let head = ask(&Method::HEAD, IN_FLIGHT, token).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-type"), "application/json");
        let posted = ask(&Method::POST, IN_FLIGHT, token).await.refused(405, "method_not_allowed");
        assert_eq!(posted.header("allow"), "GET,HEAD");
        ask(&Method::GET, "/api/v1/nope", token).await.refused(404, "not_found");
    }
    for token in ["", "whole secre", "whole secret2", "secret"] {
        for (method, path) in [
            (Method::GET, IN_FLIGHT),
            (Method::POST, IN_FLIGHT),
            (Method::GET, "/api/v1/nope"),
            (Method::DELETE, "/api/v1/nope"),
            (Method::GET, "/api/v1"),
            (Method::GET, "/api/v1/"),
        ] {
            let answer = ask(&method, path, token).await.refused(401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    assert!(!api.log().contains("secret"), "{}", api.log());
    api.stop().await;
}

async fn the_log_tells_the_client_that_a_trusted_proxy_names_and_the_request_by_the_id_in_its_answer(
    stack: Stack,
) {
    let mut api = alone(
        stack,
        &[
            ("IMCAXY_SERVER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
            ("IMCAXY_LOG_LEVEL", "info,imcaxy_api=debug"),
        ],
    )
    .await;
    let asked =
        http::client().get(api.url("/nope?key=s3cret")).header("forwarded", "for=198.51.100.7, for=10.0.0.1");
    let answer = Answer::of(asked.send().await.expect("an answer")).await;
    until("the log tells it", async || api.log().contains("/nope")).await;
    let log = api.log();
    let line = log.lines().find(|line| line.contains("/nope")).expect("a line");
    assert!(line.contains("client=198.51.100.7") && line.contains("status=404"), "{line}");
    let id = answer.header("x-request-id");
    assert!(id.len() == 32 && line.contains(id), "{id}: {line}");
    assert!(!log.contains("s3cret"), "{log}");
    api.stop().await;
}
