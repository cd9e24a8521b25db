//! Who may administer, and what is processed now.

use imcaxy_testkit::http::{self, begin};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Stack, alone, on, on_both_stacks, start};

on_both_stacks! {
    what_is_processed_now_is_listed,
    who_has_no_token_is_told_401_and_a_wrong_query_400,
    without_a_configured_token_only_the_machine_itself_may_with_the_token_of_the_run,
    the_settings_in_force_are_told_with_their_layers_and_without_secrets,
    openapi_json_is_answered_without_a_token,
}

const IN_FLIGHT: &str = "/api/v1/in-flight";

async fn what_is_processed_now_is_listed(stack: Stack) {
    let system = start(on(stack)).await;
    let empty = Answer::in_flight(&system, "").await;
    assert_eq!(empty.json(), serde_json::json!({ "items": [], "next_cursor": null }));
    let gate = system.gauge.hold();
    let paths: Vec<String> =
        (0..3).map(|n| system.path(&format!("/resize?width=30{n}"), "medium.jpg")).collect();
    let asked: Vec<_> = paths.iter().map(|path| begin(system.request(Method::GET, 1, path))).collect();
    gate.wait_for(3).await;
    let all = Answer::in_flight(&system, "").await.json();
    let items = all["items"].as_array().expect("items");
    assert_eq!(items.len(), 3, "{all}");
    for item in items {
        assert_eq!(item["operation"], "resize");
        assert!(item["params"]["width"].as_str().is_some_and(|width| width.starts_with("30")), "{item}");
        assert_eq!(item["url"], system.origin.url("medium.jpg"));
        assert_eq!((item["state"].as_str(), item["attempt"].as_u64()), (Some("running"), Some(1)));
        assert_eq!(item["waiting"], 1);
        assert_eq!(item["key"].as_str().map(str::len), Some(64));
        assert!(item["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{item}");
        assert!(item["worker"].as_str().is_some_and(|worker| !worker.is_empty()), "{item}");
    }
    let first = Answer::in_flight(&system, "?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let rest = Answer::in_flight(&system, &format!("?limit=2&cursor={cursor}")).await.json();
    assert_eq!((&rest["items"][0], &rest["next_cursor"]), (&items[2], &serde_json::Value::Null));
    gate.open();
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    system.finish().await;
}

async fn who_has_no_token_is_told_401_and_a_wrong_query_400(stack: Stack) {
    let system = start(on(stack)).await;
    for token in [None, Some("Bearer wrong"), Some("Basic abc"), Some("")] {
        let headers: Vec<_> = token.map(|token| ("authorization", token)).into_iter().collect();
        let answer = Answer::with(&system, 0, IN_FLIGHT, &headers).await.refused(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for query in ["?unknown=1", "?limit=0", "?limit=1001", "?limit=x", "?cursor=zz"] {
        Answer::in_flight(&system, query).await.refused(400, "bad_parameter");
    }
    let asked = system.admin(Method::GET, 0, "/api/v1/nothing-there");
    Answer::of(asked.send().await.expect("an answer")).await.refused(404, "not_found");
    let asked = system.request(Method::POST, 0, IN_FLIGHT);
    Answer::of(asked.send().await.expect("an answer")).await.refused(401, "unauthorized");
    let asked = system.admin(Method::POST, 0, IN_FLIGHT);
    Answer::of(asked.send().await.expect("an answer")).await.refused(405, "method_not_allowed");
    system.finish().await;
}

async fn without_a_configured_token_only_the_machine_itself_may_with_the_token_of_the_run(stack: Stack) {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let mut api = alone(stack, &[("IMCAXY_DATA_DIR", &path)]).await;
    let file = folder.path().join("run-token");
    assert_eq!(std::fs::metadata(&file).expect("the token's file").permissions().mode() & 0o777, 0o600);
    let token = std::fs::read_to_string(&file).expect("the token");
    let asked = || http::client().get(api.url(IN_FLIGHT));
    let answer =
        async |asked: reqwest::RequestBuilder| Answer::of(asked.send().await.expect("an answer")).await;
    assert_eq!(answer(asked().bearer_auth(&token)).await.status, 200);
    answer(asked()).await.refused(401, "unauthorized");
    for (name, value) in
        [("host", "images.test"), ("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")]
    {
        answer(asked().bearer_auth(&token).header(name, value)).await.refused(404, "not_found");
    }
    api.stop().await;
}

async fn the_settings_in_force_are_told_with_their_layers_and_without_secrets(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_REQUESTS_WAIT", "7s")).await;
    let settings = async |query: &str| {
        let asked = system.admin(Method::GET, 0, &format!("/api/v1/settings{query}"));
        Answer::of(asked.send().await.expect("an answer")).await
    };
    let told = settings("").await.json();
    let told = &told["settings"];
    let from =
        |variable: &str, value: &str| json!({ "value": value, "layer": "environment", "from": variable });
    assert_eq!(told["requests.wait"], from("IMCAXY_REQUESTS_WAIT", "7s"));
    assert_eq!(told["admin.token"], from("IMCAXY_ADMIN_TOKEN", "***"));
    assert_eq!(told["queue.max_depth"], json!({ "value": "1000", "layer": "default", "from": null }));
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(imcaxy_shared::config::keys().len()));
    assert!(!told.to_string().contains(&system.scope.admin_token));
    settings("?all=true").await.refused(400, "bad_parameter");
    let asked = system.request(Method::GET, 0, "/api/v1/settings");
    Answer::of(asked.send().await.expect("an answer")).await.refused(401, "unauthorized");
    system.finish().await;
}

async fn openapi_json_is_answered_without_a_token(stack: Stack) {
    let system = start(on(stack)).await;
    let asked = system.request(Method::GET, 0, "/openapi.json");
    let answer = Answer::of(asked.send().await.expect("an answer")).await;
    let document = answer.json();
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(document["openapi"], "3.1.0");
    let width = |path: &str| document["paths"][path]["get"]["parameters"].to_string().contains("\"width\"");
    assert!(width("/resize") && !width("/info"), "{document}");
    system.finish().await;
}
