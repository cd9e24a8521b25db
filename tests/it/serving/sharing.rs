//! Fetches that jobs share, and how many there are of one host.

use std::time::Duration;

use futures::future::join_all;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Behaviour, Gate, Photo, System};
use reqwest::Method;

use crate::harness::{Answer, Stack, discard, no_job_lives, on, on_both_stacks, start, until};

on_both_stacks! {
    twenty_variants_at_once_are_one_fetch_and_a_discard_ends_what_is_kept,
    where_nothing_is_kept_those_who_fetch_at_the_same_time_share_it_all_the_same,
    a_host_is_asked_for_no_more_at_once_than_it_has_places,
}

async fn variants(system: &System, widths: std::ops::Range<usize>) {
    let path = |width| system.path(&format!("/resize?width={width}"), "large.jpg");
    let asked =
        widths.map(|width| async move { Answer::get(system, width % 2, &path(width)).await.picture() });
    join_all(asked).await;
}

async fn twenty_variants_at_once_are_one_fetch_and_a_discard_ends_what_is_kept(stack: Stack) {
    let system = start(on(stack).workers(1)).await;
    variants(&system, 100..120).await;
    assert_eq!(system.origin.count("large.jpg"), 1);
    discard(&system, "large.jpg").await;
    variants(&system, 110..130).await;
    assert_eq!(system.origin.count("large.jpg"), 2);
    assert_eq!(system.gauge.calls().len(), 40);
    system.finish().await;
}

async fn where_nothing_is_kept_those_who_fetch_at_the_same_time_share_it_all_the_same(stack: Stack) {
    let system =
        start(on(stack).workers(1).env("IMCAXY_SOURCES_KEEP", "none").env("IMCAXY_WORKER_CONCURRENCY", "8"))
            .await;
    // It goes on for a second after it was let through: one that runs may be a few steps from its fetch.
    let slow = Behaviour::photo().slowly(200 << 10, Duration::from_millis(200));
    system.origin.behave("large.jpg", slow);
    let gate = system.origin.hold("large.jpg");
    let asked: Vec<_> = (100..105)
        .map(|width| {
            let path = system.path(&format!("/resize?width={width}"), "large.jpg");
            begin(system.request(Method::GET, 0, &path))
        })
        .collect();
    gate.wait_for(1).await;
    until("all run", async || running(&system).await == 5).await;
    gate.open();
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    assert_eq!(system.origin.count("large.jpg"), 1);
    variants(&system, 110..111).await;
    assert_eq!(system.origin.count("large.jpg"), 2);
    system.finish().await;
}

async fn running(system: &System) -> usize {
    let told = Answer::in_flight(system, "").await.json();
    let items = told["items"].as_array().expect("a list");
    items.iter().filter(|item| item["state"] == "running").count()
}

async fn a_host_is_asked_for_no_more_at_once_than_it_has_places(stack: Stack) {
    let system = start(
        on(stack)
            .workers(1)
            .env("IMCAXY_WORKER_CONCURRENCY", "16")
            .env("IMCAXY_SOURCES_PER_HOST_CONCURRENCY", "2"),
    )
    .await;
    let photo = Photo::bytes("imaginary.jpg").await;
    let names: Vec<String> = (0..6).map(|number| format!("{number}.jpg")).collect();
    let gates: Vec<Gate> = names
        .iter()
        .map(|name| {
            system.origin.behave(name, Behaviour::bytes(photo.clone()));
            system.origin.hold(name)
        })
        .collect();
    let path = |name: &String| system.path("/resize?width=300", name);
    let asked: Vec<_> = names.iter().map(|name| begin(system.request(Method::GET, 0, &path(name)))).collect();
    until("all run", async || running(&system).await == 6).await;
    let arrived = || names.iter().map(|name| system.origin.count(name)).sum::<usize>();
    for passed in 0..=4 {
        until("the next ones have places", async || arrived() >= passed + 2).await;
        assert_eq!(arrived(), passed + 2, "after {passed}");
        let first = gates.iter().find(|gate| gate.waiting() > 0);
        if let Some(gate) = first {
            gate.let_through(1);
        }
    }
    gates.into_iter().for_each(Gate::open);
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    no_job_lives(&system).await;
    system.finish().await;
}
