//! `/healthz` and `/readyz`.

use imcaxy_testkit::http;
use serde_json::json;

use crate::harness::{Answer, NOWHERE, Stack, imcaxy, on, on_both_stacks, start, system, until};

on_both_stacks! {
    every_role_says_that_it_lives_and_is_ready,
}

async fn every_role_says_that_it_lives_and_is_ready(stack: Stack) {
    let system = start(on(stack).schedulers(1)).await;
    for process in system.processes() {
        for (path, said) in [
            ("/", json!({ "name": "imcaxy", "version": env!("CARGO_PKG_VERSION") })),
            ("/health", json!({ "status": "ok" })),
            ("/healthz", json!({ "status": "ok" })),
            ("/readyz", json!({ "status": "ready", "degraded": [] })),
        ] {
            // A store that is there and slow may be named once.
            until(&format!("{path} says {said}"), async || {
                let answer = http::client().get(process.url(path)).send().await.expect("an answer");
                let answer = Answer::of(answer).await;
                assert_eq!(answer.status, 200, "{path}");
                answer.json() == said
            })
            .await;
        }
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_not_ready_before_it_reached_its_stores() {
    use imcaxy_testkit::process::binary_from_env;

    // Nothing listens there: the process waits for its stores and says so.
    let port = imcaxy_testkit::port::free().expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("127.0.0.1:{port}");
    let mut child = std::process::Command::new(binary_from_env().expect("the binary"))
        .arg("api")
        .current_dir(folder.path())
        .env("IMCAXY_LISTEN", &address)
        .envs(NOWHERE)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut ask = async |path: &str| loop {
        if let Ok(answer) = http::client().get(format!("http://{address}{path}")).send().await {
            return Answer::of(answer).await;
        }
        assert!(child_is_alive(&mut child), "the process has ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let live = ask("/healthz").await;
    let ready = ask("/readyz").await;
    let image = ask("/resize?width=3&url=http://images.test/1.jpg").await;
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(live.status, 200);
    assert_eq!(ready.status, 503);
    assert_eq!(image.refused(503, "unavailable").header("retry-after"), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn imcaxy_health_exits_with_0_when_the_process_is_ready() {
    let system = start(system()).await;
    let port = |process: &imcaxy_testkit::Imcaxy| {
        process.url("").trim_end_matches('/').rsplit(':').next().expect("a port").to_owned()
    };
    // The address that a container listens at is not one that it can be reached at.
    let api = format!("0.0.0.0:{}", port(&system.apis[0]));
    let told = imcaxy(&["health"], &[("IMCAXY_LISTEN", &api)]).await;
    assert_eq!((told.code, &*told.complaint), (Some(0), ""));
    let nobody = ("IMCAXY_LISTEN", "127.0.0.1:1");
    let worker = format!("127.0.0.1:{}", port(&system.workers[0]));
    assert_eq!(imcaxy(&["health"], &[nobody, ("IMCAXY_PROBE_LISTEN", &worker)]).await.code, Some(0));
    let told = imcaxy(&["health"], &[nobody]).await;
    assert!(told.code == Some(1) && told.complaint.contains("not ready"), "{told:?}");
    system.finish().await;
}

fn child_is_alive(child: &mut std::process::Child) -> bool {
    child.try_wait().expect("a state").is_none()
}
