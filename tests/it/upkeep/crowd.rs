//! Upkeep that takes long, while somebody waits.

use std::time::Duration;

use imcaxy_testkit::{Behaviour, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Stack, catalog, give_width, on, on_both_stacks, picture, revalidate, start, until, until_kept,
    width, worked_off,
};

on_both_stacks! {
    a_worker_with_one_slot_breaks_off_a_check_for_who_waits_and_goes_on_with_it_later,
    a_worker_with_one_slot_breaks_off_a_refresh_for_who_waits_and_goes_on_with_it_later,
    discards_are_worked_off_while_a_check_goes_on,
}

const PHOTOS: usize = 12;

/// A worker with so many slots that checks or refreshes many sources of a slow origin; answers the id of that as well.
async fn busy(stack: Stack, slots: &str, mode: &str) -> (System, String) {
    let system = on(stack).apis(1).workers(1).schedulers(1).env("IMCAXY_WORKER_CONCURRENCY", slots);
    let system = start(system).await;
    for photo in photos() {
        give_width(&system, &photo, 20);
        width(&system, 0, &photo).await;
    }
    until_kept(&system, PHOTOS).await;
    system.origin.forget();
    // A check leaves a host alone in between.
    let delay = Duration::from_millis(if mode == "check" { 250 } else { 750 });
    for photo in photos() {
        let slow = Behaviour::bytes(picture(20)).after(delay);
        system.origin.behave(&photo, slow);
    }
    let call = json!({ "mode": mode, "prefix": system.origin.url("img") });
    let begun = revalidate(&system, 0, &call).await.json();
    until("one is asked about", async || !system.origin.all_requests().is_empty()).await;
    (system, begun["id"].as_str().expect("an id").to_owned())
}

fn photos() -> impl Iterator<Item = String> {
    (0..PHOTOS).map(|number| format!("img/{number}.png"))
}

async fn report(system: &System, id: &str) -> Value {
    let asked = system.admin(Method::GET, 0, &format!("/api/v1/revalidations/{id}"));
    Answer::of(asked.send().await.expect("an answer")).await.json()
}

async fn ends(system: System, id: &str) {
    until("it is done", async || report(&system, id).await["state"] == "done").await;
    let report = report(&system, id).await;
    assert_eq!((&report["checked"], &report["unchanged"]), (&json!(PHOTOS), &json!(PHOTOS)), "{report}");
    worked_off(&system).await;
    system.finish().await;
}

async fn a_worker_with_one_slot_breaks_off_a_check_for_who_waits_and_goes_on_with_it_later(stack: Stack) {
    gives_way(stack, "check").await;
}

async fn a_worker_with_one_slot_breaks_off_a_refresh_for_who_waits_and_goes_on_with_it_later(stack: Stack) {
    gives_way(stack, "refresh").await;
}

async fn gives_way(stack: Stack, mode: &str) {
    let (system, id) = busy(stack, "1", mode).await;
    give_width(&system, "new.png", 30);
    assert_eq!(width(&system, 0, "new.png").await, 30);
    let told = report(&system, &id).await;
    assert_eq!(told["state"], "running", "{told}");
    let checked = told["checked"].as_u64().expect("a number");
    assert!(checked < PHOTOS as u64, "{told}");
    ends(system, &id).await;
}

async fn discards_are_worked_off_while_a_check_goes_on(stack: Stack) {
    for slots in ["1", "2"] {
        let (system, id) = busy(stack, slots, "check").await;
        let discard = json!({ "mode": "discard", "url": system.origin.url("nobody-has-seen.png") });
        assert_eq!(revalidate(&system, 0, &discard).await.status, 202);
        let catalog = catalog(&system.scope).await;
        until("it is worked off", async || {
            catalog.ledger().await.is_ok_and(|ledger| ledger.open().next().is_none())
        })
        .await;
        let told = report(&system, &id).await;
        assert_eq!(told["state"], "running", "{slots}: {told}");
        ends(system, &id).await;
    }
}
