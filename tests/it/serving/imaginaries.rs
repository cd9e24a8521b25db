//! Several imaginaries, those that fail, and those that want a key or a signature.

use std::time::{Duration, Instant};

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Gauge, OwnImaginary, System};
use reqwest::Method;

use crate::harness::{Answer, Stack, on, on_both_stacks, servers, start, until};

on_both_stacks! {
    the_load_is_shared_among_those_that_answer,
    one_that_fails_is_left_alone_and_gets_work_again_when_it_is_well,
    while_none_answers_requests_fail_at_once_and_the_first_after_its_return_is_rendered,
    an_imaginary_with_key_signature_and_prefix_is_asked_as_it_wants,
}

/// Nobody is there, and nobody will be.
const NOBODY: &str = "http://127.0.0.1:1";

fn path(system: &System, width: usize) -> String {
    system.path(&format!("/resize?width={width}"), "medium.jpg")
}

async fn imaginaries(system: &System) -> Vec<serde_json::Value> {
    let asked = system.admin(Method::GET, 0, "/api/v1/imaginary").send().await.expect("an answer");
    let told = Answer::of(asked).await;
    assert_eq!(told.status, 200);
    told.json()["items"].as_array().expect("items").clone()
}

/// Which of them say that they are well.
fn well(told: &[serde_json::Value]) -> Vec<bool> {
    told.iter().map(|item| item["ok"] == true).collect()
}

async fn the_load_is_shared_among_those_that_answer(stack: Stack) {
    let (left, right) =
        (Gauge::start(&servers().imaginary_url).await, Gauge::start(&servers().imaginary_url).await);
    let urls = format!("{},{NOBODY},{}/", left.url(), right.url());
    let system =
        on(stack).workers(1).env("IMCAXY_WORKER_CONCURRENCY", "12").env("IMCAXY_IMAGINARY_URL", &urls);
    let system = start(system).await;
    let (at_left, at_right) = (left.hold(), right.hold());
    let asked: Vec<_> =
        (0..6).map(|n| begin(system.request(Method::GET, n % 2, &path(&system, 200 + n)))).collect();
    // Whoever finds nobody to connect to is asked of another at once.
    until("all are under way", async || left.calls().len() + right.calls().len() == 6).await;
    at_left.open();
    at_right.open();
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    assert!(
        left.calls().len() >= 2 && right.calls().len() >= 2,
        "{} {}",
        left.calls().len(),
        right.calls().len()
    );
    // One that is busy with pictures may be late to say how it is.
    until("those that are there say so", async || well(&imaginaries(&system).await) == [true, false, true])
        .await;
    let told = imaginaries(&system).await;
    let urls: Vec<_> = told.iter().map(|item| item["url"].as_str().expect("a url")).collect();
    assert_eq!(urls, [left.url(), NOBODY, right.url()]);
    for item in &told {
        assert_eq!(item["ok"].as_bool(), Some(item["version"]["bimg"].is_string()), "{item}");
        assert!(item["ms"].is_u64(), "{item}");
    }
    system.finish().await;
}

async fn one_that_fails_is_left_alone_and_gets_work_again_when_it_is_well(stack: Stack) {
    let (left, right) =
        (Gauge::start(&servers().imaginary_url).await, Gauge::start(&servers().imaginary_url).await);
    let urls = format!("{},{}", left.url(), right.url());
    let system = start(on(stack).workers(1).env("IMCAXY_IMAGINARY_URL", &urls)).await;
    left.fail_with(503);
    let mut refused = 0;
    for n in 0..6 {
        refused += usize::from(Answer::get(&system, 0, &path(&system, 200 + n)).await.status != 200);
    }
    assert_eq!((refused, left.calls().len()), (1, 1), "it costs one picture, which is not rendered twice");
    left.recover();
    let mut width = 300;
    while left.calls().len() == 1 {
        Answer::get(&system, 0, &path(&system, width)).await.picture();
        width += 1;
        assert!(width < 600, "it is never asked again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    system.finish().await;
}

async fn while_none_answers_requests_fail_at_once_and_the_first_after_its_return_is_rendered(stack: Stack) {
    let system = start(on(stack).workers(1)).await;
    system.gauge.fail_with(500);
    for n in 0..3 {
        Answer::get(&system, 0, &path(&system, 200 + n)).await.refused(502, "imaginary_failed");
    }
    // From now on one at a time finds out, and the others do not wait for it.
    let gate = system.gauge.hold();
    let trial = begin(system.request(Method::GET, 0, &path(&system, 300)));
    gate.wait_for(1).await;
    let began = Instant::now();
    for n in 1..4 {
        Answer::get(&system, 0, &path(&system, 300 + n)).await.refused(502, "imaginary_failed");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(system.gauge.calls().len(), 4);
    system.gauge.recover();
    gate.open();
    Answer::to(trial).await;
    until("it is well", async || Answer::get(&system, 0, &path(&system, 400)).await.status == 200).await;
    system.finish().await;
}

async fn an_imaginary_with_key_signature_and_prefix_is_asked_as_it_wants(stack: Stack) {
    let (key, signature) = ("a key", "0123456789abcdef0123456789abcdef");
    let flags = [
        "-key",
        key,
        "-enable-url-signature",
        "-url-signature-key",
        signature,
        "-path-prefix",
        "/behind/this",
    ];
    let imaginary = OwnImaginary::start(&flags).await.expect("an imaginary");
    let with = |key: &str, signature: &str| {
        on(stack)
            .apis(1)
            .workers(1)
            .env("IMCAXY_IMAGINARY_URL", imaginary.url())
            .env("IMCAXY_IMAGINARY_KEY", key)
            .env("IMCAXY_REQUESTS_OPEN", "true")
            .env("IMCAXY_IMAGINARY_SIGNATURE_KEY", signature)
    };
    let system = start(with(key, signature)).await;
    let odd = "/watermark?text=a%20b%2B~*%C3%BC%26amp%3B&font=sans%2012&color=255,200,50";
    for request in [odd, "/info", "/resize?width=300&type=auto"] {
        let path = system.path(request, "medium.jpg");
        let expected = Answer::of_imaginary(&path, &[]).await.picture();
        assert_eq!(Answer::get(&system, 0, &path).await.picture().body, expected.body, "{request}");
    }
    until("it says that it is well", async || well(&imaginaries(&system).await) == [true]).await;
    system.finish().await;
    for (key, signature, setting) in [
        ("wrong", signature, "imaginary.key"),
        (key, "ffffffffffffffffffffffffffffffff", "imaginary.signature_key"),
    ] {
        let system = start(with(key, signature)).await;
        let refused = Answer::get(&system, 0, &path(&system, 300)).await.refused(502, "imaginary_failed");
        assert!(!String::from_utf8_lossy(&refused.body).contains(signature));
        let said = format!("{setting} is not what it was started with");
        until("the log says why", async || system.worker(0).log().contains(&said)).await;
        system.finish().await;
    }
    imaginary.stop().await;
}
