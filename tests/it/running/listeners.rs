//! Where a process answers what, and how many connections of which patience it bears.

use std::time::{Duration, Instant};

use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Imcaxy, http};

use crate::harness::{Answer, NOWHERE, Stack, Wire, alone, on_both_stacks, until};

on_both_stacks! {
    the_administration_may_have_a_listener_of_its_own,
    whether_the_machine_itself_may_administer_is_a_matter_of_the_listener_that_is_asked,
    the_probe_listener_answers_probes_alone,
    a_slow_head_and_an_idle_connection_are_ended_and_requests_may_be_sent_ahead,
    more_connections_than_allowed_wait_until_others_end,
    what_is_no_http_or_too_much_of_it_is_answered_and_ended,
    a_body_that_nobody_wants_is_not_waited_for,
}

const IN_FLIGHT: &str = "/api/v1/in-flight";
const SECRET: &str = "a token of this test";

async fn ask(url: String) -> Answer {
    let asked = http::client().get(url).bearer_auth(SECRET).send().await;
    Answer::of(asked.expect("an answer")).await
}

/// The address of a listener whose port the system chose, as the log tells it.
async fn told(api: &Imcaxy, what: &str) -> String {
    until("the log tells it", async || api.log().contains(what)).await;
    let log = api.log();
    let line = log.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in {log}"));
    line.rsplit("http://").next().map(|address| format!("http://{}", address.trim())).expect("an address")
}

async fn the_administration_may_have_a_listener_of_its_own(stack: Stack) {
    let mut api =
        alone(stack, &[("IMCAXY_ADMIN_LISTEN", "127.0.0.1:0"), ("IMCAXY_ADMIN_TOKEN", SECRET)]).await;
    let admin = told(&api, "the administration is on").await;
    assert_eq!(ask(format!("{admin}{IN_FLIGHT}")).await.status, 200);
    for path in [IN_FLIGHT, "/api/v1", "/api/v1/", "/api/v1/nope"] {
        ask(api.url(path)).await.refused(404, "not_found");
    }
    for path in ["/resize?width=300&url=http://images.test/1.jpg", "/nope", "/api/v1/nope"] {
        ask(format!("{admin}{path}")).await.refused(404, "not_found");
    }
    for base in [api.url(""), format!("{admin}/")] {
        for path in ["healthz", "readyz"] {
            assert_eq!(ask(format!("{base}{path}")).await.status, 200);
        }
    }
    api.stop().await;
}

async fn whether_the_machine_itself_may_administer_is_a_matter_of_the_listener_that_is_asked(stack: Stack) {
    let run_token = |folder: &tempfile::TempDir| std::fs::read_to_string(folder.path().join("run-token"));
    for (listen, status) in [("0.0.0.0:0", 404), ("127.0.0.1:0", 200)] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display().to_string();
        let mut api = alone(stack, &[("IMCAXY_ADMIN_LISTEN", listen), ("IMCAXY_DATA_DIR", &path)]).await;
        let admin = told(&api, "the administration is on").await.replace("0.0.0.0", "127.0.0.1");
        let token = run_token(&folder).unwrap_or_default();
        let asked = http::client().get(format!("{admin}{IN_FLIGHT}")).bearer_auth(token).send().await;
        assert_eq!(asked.expect("an answer").status(), status, "{listen}");
        api.stop().await;
    }
}

async fn the_probe_listener_answers_probes_alone(stack: Stack) {
    let mut api =
        alone(stack, &[("IMCAXY_PROBE_LISTEN", "127.0.0.1:0"), ("IMCAXY_ADMIN_TOKEN", SECRET)]).await;
    let probe = told(&api, "probes are answered on").await;
    assert_eq!(ask(format!("{probe}/readyz")).await.status, 200);
    for path in [IN_FLIGHT, "/nope", "/resize?width=300&url=http://images.test/1.jpg"] {
        ask(format!("{probe}{path}")).await.refused(404, "not_found");
    }
    let posted = http::client().post(format!("{probe}/healthz")).send().await.expect("an answer");
    let posted = Answer::of(posted).await.refused(405, "method_not_allowed");
    assert_eq!(posted.header("allow"), "GET,HEAD");
    api.stop().await;
}

async fn a_slow_head_and_an_idle_connection_are_ended_and_requests_may_be_sent_ahead(stack: Stack) {
    let mut api = alone(stack, &[("IMCAXY_SERVER_HEADER_TIMEOUT", "1s")]).await;
    let begun = Instant::now();
    let (mut slow, mut silent, mut idle) = (Wire::to(&api).await, Wire::to(&api).await, Wire::to(&api).await);
    slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\n").await;
    idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nope HTTP/1.1\r\nHost: x\r\n\r\n").await;
    for status in [200, 404] {
        assert_eq!(idle.answer().await.map(|(status, _)| status), Some(status));
    }
    for wire in [&mut slow, &mut silent, &mut idle] {
        wire.closed().await;
    }
    assert!((Duration::from_secs(1)..Duration::from_secs(8)).contains(&begun.elapsed()));
    api.stop().await;
}

async fn more_connections_than_allowed_wait_until_others_end(stack: Stack) {
    let mut api =
        alone(stack, &[("IMCAXY_SERVER_MAX_CONNECTIONS", "2"), ("IMCAXY_SERVER_HEADER_TIMEOUT", "none")])
            .await;
    // Those that asked whether it is ready are gone before it is full.
    let (mut first, mut second) = (Wire::to(&api).await, Wire::to(&api).await);
    for wire in [&mut first, &mut second] {
        wire.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(wire.answer().await.is_some());
    }
    let mut third = Wire::to(&api).await;
    third.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    until("it is told", async || api.log().contains("server.max_connections is reached")).await;
    drop(first);
    assert_eq!(third.answer().await.map(|(status, _)| status), Some(200));
    api.stop().await;
}

async fn what_is_no_http_or_too_much_of_it_is_answered_and_ended(stack: Stack) {
    let mut api = alone(stack, &[]).await;
    let long = "y".repeat(70_000);
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let large: String = (0..40).map(|n| format!("x-{n}: {}\r\n", "y".repeat(4096))).collect();
    for (sent, status) in [
        (format!("GET /resize?{long} HTTP/1.1\r\nHost: x\r\n\r\n"), 414),
        (format!("GET /resize?{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(20_000)), 414),
        (format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n"), 431),
        (format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{large}\r\n"), 431),
        ("GET /health z HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 400),
        ("GET /healthz HTTP/1.1\r\nHo st: x\r\n\r\n".to_owned(), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let mut wire = Wire::to(&api).await;
        wire.send(&sent).await;
        let (answered, text) = wire.answer().await.unwrap_or_else(|| panic!("no answer to {:.60}", sent));
        assert_eq!(answered, status, "{sent:.60}: {text}");
    }
    api.stop().await;
}

async fn a_body_that_nobody_wants_is_not_waited_for(stack: Stack) {
    let mut api = alone(stack, &[]).await;
    for body in ["Content-Length: 1000000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"] {
        let mut wire = Wire::to(&api).await;
        wire.send(&format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{body}")).await;
        assert_eq!(wire.answer().await.map(|(status, _)| status), Some(200));
        wire.closed().await;
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_files_may_be_open_as_the_system_grants() {
    let folder = tempfile::tempdir().expect("a folder");
    // Its stores are nowhere: it waits for them.
    let mut child = std::process::Command::new("sh")
        .args(["-c", "ulimit -Sn 200; exec \"$0\" api"])
        .arg(binary_from_env().expect("the binary"))
        .current_dir(folder.path())
        .env("IMCAXY_LISTEN", "127.0.0.1:0")
        .envs(NOWHERE)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let limits = format!("/proc/{}/limits", child.id());
    until("more files may be open", async || {
        let limits = std::fs::read_to_string(&limits).expect("the limits of the process");
        let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("one of open files");
        let numbers: Vec<&str> = line.split_whitespace().skip(3).take(2).collect();
        numbers[0] == numbers[1]
    })
    .await;
    child.kill().expect("killed");
    child.wait().expect("ended");
}
