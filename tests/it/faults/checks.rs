//! Checks whose worker dies.

use imcaxy_testkit::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Stack, give_width, on, on_both_stacks, revalidate, start, until, until_kept, width, worked_off,
};

on_both_stacks! {
    a_check_whose_worker_was_killed_is_gone_on_with,
}

async fn a_check_whose_worker_was_killed_is_gone_on_with(stack: Stack) {
    let mut system = start(on(stack).apis(1).workers(1).schedulers(1)).await;
    let photos = ["a.png", "b.png"];
    for photo in photos {
        give_width(&system, photo, 20);
        width(&system, 0, photo).await;
    }
    until_kept(&system, 2).await;
    system.origin.forget();
    let gates = photos.map(|photo| {
        give_width(&system, photo, 21);
        system.origin.hold(photo)
    });
    let begun = revalidate(&system, 0, &json!({})).await.json();
    until("one is asked about", async || !system.origin.all_requests().is_empty()).await;
    system.worker_mut(0).kill();
    gates.into_iter().for_each(imcaxy_testkit::Gate::open);
    system.add(Role::Worker).await.expect("a worker");
    let call = format!("/api/v1/revalidations/{}", begun["id"].as_str().expect("an id"));
    let report = async || -> Value {
        let asked = system.admin(Method::GET, 0, &call);
        Answer::of(asked.send().await.expect("an answer")).await.json()
    };
    until("it is done", async || report().await["state"] == "done").await;
    let report = report().await;
    let counts = ["checked", "changed", "discarded", "failed"].map(|name| report[name].as_u64());
    assert_eq!(counts, [2, 2, 2, 0].map(Some), "{report}");
    for photo in photos {
        assert_eq!(width(&system, 0, photo).await, 21);
    }
    worked_off(&system).await;
    system.finish().await;
}
