//! What a request would come to, as the administration and `imcaxy explain` tell it.

use imcaxy_testkit::{Behaviour, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Stack, discard, forget_memory, imcaxy, on, on_both_stacks, start, system, until, until_hit,
};

on_both_stacks! {
    a_picture_is_explained_before_it_is_there_while_it_is_and_when_it_was_discarded,
    what_would_be_refused_is_explained_with_its_refusal,
    a_failure_that_is_remembered_and_a_type_that_is_negotiated_are_explained,
    an_explanation_needs_a_token_and_a_path,
    imcaxy_explain_tells_it_in_a_shell,
}

const EXPLAIN: &str = "/api/v1/explain";

async fn explained(system: &System, replica: usize, query: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let asked = system.admin(Method::GET, replica, &format!("{EXPLAIN}?{query}"));
    Answer::of(asked.send().await.expect("an answer")).await
}

async fn told(system: &System, replica: usize, path: &str) -> Value {
    let answer = explained(system, replica, &[("path", path)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Each parameter with what it came to.
fn outcomes(told: &Value) -> Vec<(&str, &str)> {
    let parameters = told["parameters"].as_array().expect("parameters").iter();
    parameters.filter_map(|one| one["name"].as_str().zip(one["outcome"].as_str())).collect()
}

async fn a_picture_is_explained_before_it_is_there_while_it_is_and_when_it_was_discarded(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/imaginary/resize?width=3e2&utm=1&width=7&quality=75&top=3", "large.jpg");
    let before = told(&system, 0, &path).await;
    let expected = [
        ("width", "used"),
        ("utm", "unknown"),
        ("width", "repeated"),
        ("quality", "default"),
        ("top", "not_read"),
        ("url", "used"),
    ];
    assert_eq!(outcomes(&before), expected);
    assert_eq!((&before["operation"], &before["refusal"]), (&json!("resize"), &Value::Null));
    assert_eq!(before["look_up"]["verdict"], "miss", "{before}");
    assert_eq!(before["look_up"]["entry"], Value::Null);
    assert_eq!((system.origin.count("large.jpg"), system.gauge.calls().len()), (0, 0), "nothing is asked");

    until_hit(&system, 0, &system.path("/resize?width=300", "large.jpg")).await;
    let here = told(&system, 0, &path).await;
    assert_eq!((&here["key"], &here["canonical"]), (&before["key"], &before["canonical"]));
    is_fresh(&here, &system.origin.url("large.jpg"));
    forget_memory(&mut system).await;
    let there = told(&system, 1, &path).await;
    assert_eq!(there["look_up"]["entry"]["in_memory"], false, "{there}");

    discard(&system, "large.jpg").await;
    let after = told(&system, 1, &path).await["look_up"].clone();
    assert_eq!(after["verdict"], "miss", "{after}");
    assert!(after["why"].as_str().is_some_and(|why| why.contains("discarded at 1")), "{after}");
    assert!(after["entry"]["sources"][0]["doubt"].is_string(), "{after}");
    assert_eq!((system.origin.count("large.jpg"), system.gauge.calls().len()), (1, 1));
    system.finish().await;
}

/// Fails the test unless this tells of a picture of that source that counts, and is in memory.
fn is_fresh(told: &Value, url: &str) {
    let (look_up, entry) = (&told["look_up"], &told["look_up"]["entry"]);
    assert_eq!(look_up["verdict"], "fresh", "{told}");
    assert_eq!((&entry["content_type"], &entry["in_memory"]), (&json!("image/jpeg"), &json!(true)));
    let key = told["key"].as_str().expect("a key");
    assert!(entry["object"].as_str().is_some_and(|object| object.contains(key)), "{told}");
    let source = &entry["sources"][0];
    assert_eq!(source["url"], url);
    assert_eq!((&source["digest"], &source["doubt"]), (&source["now"]["digest"], &Value::Null));
}

async fn what_would_be_refused_is_explained_with_its_refusal(stack: Stack) {
    let system =
        start(on(stack).env("IMCAXY_REQUESTS_KEYS", "k3y").env("IMCAXY_REQUESTS_MAX_URI", "2KiB")).await;
    let photo = system.origin.url("large.jpg");
    let long = format!("/resize?width=300&url={photo}&x={}", "x".repeat(2_000));
    for (path, status, code, has_key) in [
        (format!("/resize?width=wide&url={photo}"), 400, "bad_parameter", false),
        (format!("/dance?url={photo}"), 404, "unknown_operation", false),
        (format!("/resize?width=300&file=a&url={photo}"), 400, "local_file", false),
        ("/resize?width=300&url=http://10.0.0.1/a.jpg".to_owned(), 403, "source_forbidden", true),
        (format!("/resize?width=20000&height=20000&force=true&url={photo}"), 400, "bad_parameter", true),
        (format!("/resize?width=300&key=n0t-it&url={photo}"), 401, "bad_key", true),
        (long, 414, "uri_too_long", true),
    ] {
        let told = told(&system, 0, &path).await;
        let refusal = &told["refusal"];
        assert_eq!((&refusal["status"], &refusal["code"]), (&json!(status), &json!(code)), "{path}: {told}");
        assert!(refusal["message"].as_str().is_some_and(|message| !message.is_empty()), "{told}");
        assert_eq!(
            (told["key"].is_string(), told["look_up"].is_object()),
            (has_key, has_key),
            "{path}: {told}"
        );
        assert!(!told.to_string().contains("n0t-it"), "{told}");
    }
    let forbidden = told(&system, 0, "/resize?width=300&url=http://10.0.0.1/a.jpg").await;
    assert!(forbidden["sources"][0]["forbidden"].is_string(), "{forbidden}");
    // The key may be in a header.
    assert_eq!(told(&system, 0, &format!("/resize?width=3&url={photo}")).await["refusal"], Value::Null);
    assert!(
        !told(&system, 0, "/resize?width=3&url=http://me:s3cret@h/").await.to_string().contains("s3cret")
    );
    system.finish().await;
}

async fn a_failure_that_is_remembered_and_a_type_that_is_negotiated_are_explained(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("large.jpg", Behaviour::status(404));
    let path = system.path("/resize?width=300&type=auto", "large.jpg");
    let headers = [("accept", "image/webp")];
    Answer::with(&system, 0, &path, &headers).await.refused(404, "source_gone");
    let told = explained(&system, 1, &[("path", &path), ("accept", "image/webp")]).await.json();
    assert_eq!(told["negotiates"], true);
    let negotiated = &told["parameters"][1];
    assert_eq!((&negotiated["outcome"], &negotiated["canonical"]), (&json!("negotiated"), &json!("webp")));
    let look_up = &told["look_up"];
    assert_eq!((&look_up["verdict"], &look_up["entry"]), (&json!("refused"), &Value::Null), "{told}");
    assert_eq!(look_up["failure"]["error"]["code"], "source_gone");
    let other = explained(&system, 1, &[("path", &path), ("accept", "image/png")]).await.json();
    assert_eq!(other["look_up"]["verdict"], "miss");
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_catalog_is_away_a_request_is_explained_as_far_as_it_goes() {
    let system = start(system().proxied()).await;
    let [known, new] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "large.jpg"));
    until_hit(&system, 0, &known).await;
    system.apis[0].links().mongodb.cut();
    for (path, said) in [(&known, "is answered, stale"), (&new, "nothing that it confirmed is known here")] {
        let told = told(&system, 0, path).await;
        assert!(told["key"].is_string() && told["refusal"].is_null(), "{told}");
        let look_up = &told["look_up"];
        assert_eq!((&look_up["verdict"], &look_up["entry"]), (&json!("unknown"), &Value::Null), "{told}");
        assert!(look_up["why"].as_str().is_some_and(|why| why.contains(said)), "{told}");
    }
    system.apis[0].links().mongodb.mend();
    until("it is back", async || told(&system, 0, &known).await["look_up"]["verdict"] == "fresh").await;
    system.finish().await;
}

async fn an_explanation_needs_a_token_and_a_path(stack: Stack) {
    let system = start(on(stack)).await;
    Answer::get(&system, 0, &format!("{EXPLAIN}?path=/")).await.refused(401, "unauthorized");
    for query in
        [&[][..], &[("path", "resize")], &[("path", "/a b")], &[("path", "/resize"), ("mode", "check")]]
    {
        explained(&system, 0, query).await.refused(400, "bad_parameter");
    }
    system.finish().await;
}

async fn imcaxy_explain_tells_it_in_a_shell(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=3e2&utm=1&sign=abc", "large.jpg");
    until_hit(&system, 0, &path).await;
    let server = system.api(0).url("");
    let variables = [("IMCAXY_SERVER", server.as_str()), ("IMCAXY_TOKEN", &system.scope.admin_token)];
    let ran = imcaxy(&["explain", "--json", &path], &variables).await;
    assert_eq!((ran.code, ran.complaint.as_str()), (Some(0), ""));
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json, told(&system, 0, &path).await);
    let ran = imcaxy(&["explain", path.trim_start_matches('/')], &variables).await;
    assert_eq!((ran.code, ran.complaint.as_str()), (Some(0), ""));
    let lines: Vec<String> =
        ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        format!("key {}", json["key"].as_str().expect("a key")),
        format!("canonical {}", json["canonical"].as_str().expect("a form")),
        "width 3e2 300 it enters the key".to_owned(),
        "utm 1 - imaginary knows no such parameter".to_owned(),
        "sign (not shown) - it says who asks, not what, and enters no key".to_owned(),
    ] {
        assert!(lines.contains(&line), "{line} in {}", ran.out);
    }
    assert!(ran.out.contains("fresh") && ran.out.contains("in memory here"), "{}", ran.out);
    system.finish().await;
}
