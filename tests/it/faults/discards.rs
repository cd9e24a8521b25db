//! A source is discarded while it is rendered.

use std::time::Instant;

use bytes::Bytes;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::config::Secret;
use imcaxy_shared::ports::{Catalog as _, Discarded};
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::http::{self, begin};
use imcaxy_testkit::{Behaviour, Photo, System};
use reqwest::Method;

use super::story::tell;
use crate::harness::{Answer, servers, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_after_a_discard_in_the_middle_of_a_render_gets_what_was_fetched_after_it() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "changing.jpg");
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("large.jpg").await));
    let gate = system.gauge.hold();
    let early = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    discard(&system, "changing.jpg").await;
    let discarded = Instant::now();
    // One joins the flight that is in the air, one begins another on a replica that knows of none.
    let late = [0, 1].map(|replica| begin(system.request(Method::GET, replica, &path)));
    until("both replicas wait for the new one", async || {
        let items = Answer::in_flight(&system, "").await.json();
        items["items"][0]["waiting"].as_u64() == Some(3)
    })
    .await;
    gate.let_through(1);
    gate.wait_for(1).await;
    gate.open();
    let early = Answer::of(early.await.expect("an answer")).await.picture();
    let expected = imaginary(&system, "medium.jpg").await;
    for late in late {
        let late = Answer::of(late.await.expect("an answer")).await.picture();
        assert_eq!(late.body, expected, "what was fetched before the discard no longer counts");
    }
    tell("source discarded while it was rendered", system.gauge.calls().len(), discarded);
    assert!(!early.body.is_empty());
    until("the new one is a hit", async || {
        Answer::get(&system, 1, &path).await.picture().cache_status().contains("hit")
    })
    .await;
    for replica in [0, 1] {
        assert_eq!(Answer::get(&system, replica, &path).await.picture().body, expected);
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_in_the_middle_of_a_fetch_has_the_source_fetched_again_and_rendered_once() {
    let system = start(system()).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    Answer::get(&system, 0, &system.path("/resize?width=300", "changing.jpg")).await.picture();
    let calls = system.gauge.calls().len();
    let gate = system.origin.hold("changing.jpg");
    // Too large to be handed over before it is kept.
    let path = system.path("/convert?type=png", "changing.jpg");
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("large.jpg").await));
    discard(&system, "changing.jpg").await;
    gate.open();
    let answer = Answer::of(waiting.await.expect("an answer")).await.picture();
    assert_eq!(answer.body, imaginary_of(&system, "/convert?type=png", "large.jpg").await);
    assert!(answer.body.len() > 1 << 20);
    assert_eq!(system.gauge.calls().len(), calls + 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_a_hit_is_rendered_again_after_a_discard() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "changing.jpg");
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("large.jpg").await));
    Answer::get(&system, 0, &path).await.picture();
    until("it is a hit", async || {
        Answer::get(&system, 1, &path).await.picture().cache_status().contains("hit")
    })
    .await;
    system.origin.behave("changing.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    discard(&system, "changing.jpg").await;
    let expected = imaginary(&system, "medium.jpg").await;
    for replica in [1, 0] {
        assert_eq!(Answer::get(&system, replica, &path).await.picture().body, expected);
    }
    system.finish().await;
}

async fn discard(system: &System, photo: &str) {
    let url = Secret::from(system.scope.mongodb_url.clone());
    let catalog = MongoCatalog::open(&url).await.expect("a URL");
    let discarded = catalog.discard(&SourceId::of(&system.origin.url(photo))).await.expect("discarded");
    assert!(matches!(discarded, Discarded::Committed { .. }));
}

/// What imaginary itself makes of a photograph, asked past the gauge.
async fn imaginary(system: &System, photo: &str) -> Bytes {
    imaginary_of(system, "/resize?width=300", photo).await
}

async fn imaginary_of(system: &System, operation: &str, photo: &str) -> Bytes {
    let path = system.path(operation, photo);
    let url = format!("{}{path}", servers().imaginary_url);
    let sent = http::client().get(url).send().await;
    sent.expect("an answer").bytes().await.expect("a picture")
}
