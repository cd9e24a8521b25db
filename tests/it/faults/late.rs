//! A replica that learns late of what has changed: no old hit of its beside a new one of another's.

use std::time::Duration;

use imcaxy_testkit::System;
use imcaxy_testkit::http::begin;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::harness::{
    Answer, Kept, catalog, give_width, revalidate, start, system, until, width_in_memory, width_path,
    worked_off,
};

const PHOTOS: [&str; 6] = ["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"];

/// Three replicas that have every photograph in memory. The last is told of nothing any more, and reads the ledger from time to time.
async fn with_a_late_one() -> System {
    let system = system().apis(3).env("IMCAXY_SOURCES_KEEP", "none").env("IMCAXY_STATS_FLUSH", "100ms");
    let system = start(system.proxied()).await;
    for photo in PHOTOS {
        give_width(&system, photo, 20);
        for replica in 0..3 {
            width_in_memory(&system, replica, photo).await;
        }
    }
    until("uses are written down", async || {
        let entries = Kept::of(&system.scope).await.entries;
        entries.iter().filter(|entry| entry.last_used_at.is_some()).count() == PHOTOS.len()
    })
    .await;
    system.apis[2].links().redis.cut();
    system
}

/// What it has in memory it answers at once; what it has not it cannot ask for.
async fn answers_nothing_old(system: &System, photo: &str) {
    let path = width_path(system, photo);
    if let Ok(answer) = timeout(Duration::from_millis(500), Answer::get(system, 2, &path)).await {
        assert!(answer.status != 200 || answer.json()["width"] == 21, "{photo}: {answer:?}");
    }
}

async fn ends(system: System) {
    system.apis[2].links().redis.mend();
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_source_that_has_changed_nothing_new_is_a_hit_before_all_know_it() {
    let system = with_a_late_one().await;
    let catalog = catalog(&system.scope).await;
    let discards = async || catalog.ledger().await.expect("a ledger").seq;
    for photo in PHOTOS {
        give_width(&system, photo, 21);
        let before = discards().await;
        // Who asks for a variant that nobody has asked for finds the change, and waits until all know it; who asks then does not find it.
        let [one, other] =
            [10, 11].map(|width| system.path(&format!("/resize?width={width}&height=10&type=png"), photo));
        let finds = begin(system.request(Method::GET, 1, &one));
        until("it is discarded", async || discards().await > before).await;
        until("it is a hit", async || Answer::get(&system, 0, &other).await.picture().is_hit()).await;
        answers_nothing_old(&system, photo).await;
        Answer::to(finds).await.picture();
    }
    ends(system).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_source_that_is_refreshed_nothing_new_is_a_hit_before_all_know_of_the_switch() {
    let system = with_a_late_one().await;
    for photo in PHOTOS {
        give_width(&system, photo, 21);
        let body = json!({ "mode": "refresh", "url": system.origin.url(photo) });
        assert_eq!(revalidate(&system, 0, &body).await.status, 202);
        let path = width_path(&system, photo);
        until("it is switched", async || {
            let answer = Answer::get(&system, 0, &path).await.picture();
            answer.is_hit() && answer.json()["width"] == 21
        })
        .await;
        answers_nothing_old(&system, photo).await;
    }
    ends(system).await;
}
