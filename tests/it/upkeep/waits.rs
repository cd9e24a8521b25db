//! Calls that wait for the end of what they have begun.

use std::time::Duration;

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Role, System};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Answer, start, system, until, worked_off};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_waited_for_is_in_the_audit_already_and_nobody_waits_for_who_waits() {
    let mut system = start(system().workers(0)).await;
    // Without a worker no discard is worked off.
    let asked = |replica: usize, host: &str| {
        let body = json!({ "mode": "discard", "host": host, "wait": 600 });
        begin(system.admin(Method::POST, replica, "/api/v1/revalidate").body(body.to_string()))
    };
    let (first, second) = (asked(0, "a.test"), asked(1, "b.test"));
    until("both are in the audit", async || audit(&system).await.len() == 2).await;
    assert!(audit(&system).await.iter().all(|line| line["result"] == "202"));
    let mut leaving = system.apis.remove(1);
    leaving.stop().await;
    let second =
        timeout(Duration::from_secs(10), Answer::to(second)).await.expect("it does not wait any more");
    assert_eq!((second.status, second.json()["state"].clone()), (202, Value::Null));
    system.add(Role::Worker).await.expect("a worker");
    let first = Answer::to(first).await;
    assert_eq!((first.status, first.json()["state"].clone()), (200, json!("done")));
    worked_off(&system).await;
    system.finish().await;
}

async fn audit(system: &System) -> Vec<Value> {
    let asked = system.admin(Method::GET, 0, "/api/v1/audit").send().await.expect("an answer");
    Answer::of(asked).await.json()["items"].as_array().expect("items").clone()
}
