//! More than can be done at once.

use std::time::{Duration, Instant};

use futures::future::join_all;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::config::{RemoteRedis, Secret};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{JobId, Payload, Priority, Token};
use imcaxy_shared::ports::{Catalog as _, JobQueue as _, Submission, Submitted};
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Origin, Role, System};
use reqwest::Method;

use super::story::tell;
use crate::harness::{Answer, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_waiting_jobs_hold_up_nobody_elses_and_all_end() {
    const WAITING: u32 = 20_000;

    let mut system = start(system().workers(0)).await;
    let queue = queue_of(&system).await;
    let submissions: Vec<u32> = (0..WAITING).collect();
    for some in submissions.chunks(500) {
        let queued = join_all(some.iter().map(|number| submit_broken(&queue, *number))).await;
        assert!(queued.iter().all(|one| matches!(one, Submitted::Queued(_))));
    }
    for _ in 0..2 {
        system.add(Role::Worker).await.expect("a worker");
    }
    let asked = Instant::now();
    // The depth is that of the others, too: this one is refused until enough of them have ended.
    let path = system.path("/resize?width=300", "large.jpg");
    let mut answer = Answer::get(&system, 0, &path).await;
    while answer.status == 503 {
        answer = Answer::get(&system, 0, &path).await;
    }
    answer.picture();
    tell("20,000 jobs waiting", system.gauge.calls().len(), asked);
    until("all have ended", async || queue.live(None, 1).await.expect("listed").is_empty()).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_origin_does_not_hold_all_workers() {
    let system = start(system()).await;
    let gate = system.origin.hold("large.jpg");
    let slow: Vec<_> = (0..40)
        .map(|width| {
            let path = system.path(&format!("/resize?width={}", 300 + width), "large.jpg");
            begin(system.request(Method::GET, width % 2, &path))
        })
        .collect();
    // Two workers of as many slots as twice the cores, of which one origin has three quarters.
    let share = 2 * (3 * 2 * cores()).div_ceil(4);
    gate.wait_for(share).await;
    let other = Origin::start().await;
    Answer::get(&system, 0, &format!("/resize?width=300&url={}", other.url("medium.jpg"))).await.picture();
    assert_eq!(gate.waiting(), share, "and no more of the slow one were begun");
    gate.open();
    for slow in slow {
        Answer::of(slow.await.expect("an answer")).await.picture();
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_deep_enough_refuses_new_renders_and_no_hits() {
    let system =
        start(system().workers(1).env("IMCAXY_QUEUE_MAX_DEPTH", "3").env("IMCAXY_WORKER_CONCURRENCY", "1"))
            .await;
    let hit = system.path("/resize?width=299", "large.jpg");
    Answer::get(&system, 0, &hit).await.picture();
    until("nothing runs", async || waiting(&system).await == 0).await;
    let gate = system.gauge.hold();
    let path = |width: usize| system.path(&format!("/resize?width={width}"), "large.jpg");
    let mut asked = vec![begin(system.request(Method::GET, 0, &path(300)))];
    gate.wait_for(1).await;
    for width in 301..304 {
        asked.push(begin(system.request(Method::GET, width % 2, &path(width))));
    }
    until("three wait and one runs", async || waiting(&system).await == 4).await;
    let refused = Answer::get(&system, 1, &path(304)).await;
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    refused.refused(503, "overloaded");
    let joined = begin(system.request(Method::GET, 1, &path(301)));
    Answer::get(&system, 1, &hit).await.picture();
    gate.open();
    for asked in asked.into_iter().chain([joined]) {
        Answer::of(asked.await.expect("an answer")).await.picture();
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_lets_only_so_many_requests_wait() {
    let system = start(system().apis(1).env("IMCAXY_REQUESTS_MAX_WAITING", "2")).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let asked = [0, 1].map(|_| begin(system.request(Method::GET, 0, &path)));
    until("both wait", async || {
        let items = Answer::in_flight(&system, "").await.json();
        items["items"].as_array().is_some_and(|items| items.len() == 1) && gate.waiting() == 1
    })
    .await;
    let mut third = Answer::get(&system, 0, &path).await;
    while third.status == 504 {
        third = Answer::get(&system, 0, &path).await;
    }
    third.refused(503, "overloaded");
    gate.open();
    for asked in asked {
        Answer::of(asked.await.expect("an answer")).await.picture();
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_render_that_nobody_waits_for_any_more_and_that_has_not_begun_is_dropped() {
    let mut system = start(system().workers(0).env("IMCAXY_REQUESTS_WAIT", "1s")).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let asked = Instant::now();
    Answer::get(&system, 0, &path).await.refused(504, "deadline");
    // A worker keeps it two seconds longer than a request waits: so late may the queue learn that somebody still does.
    tokio::time::sleep(Duration::from_millis(3500).saturating_sub(asked.elapsed())).await;
    assert_eq!(waiting(&system).await, 1);
    system.add(Role::Worker).await.expect("a worker");
    until("it is dropped", async || waiting(&system).await == 0).await;
    assert_eq!(system.gauge.calls().len() + system.origin.count("large.jpg"), 0);
    Answer::get(&system, 0, &path).await.picture();
    system.finish().await;
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many jobs live.
async fn waiting(system: &System) -> usize {
    Answer::in_flight(system, "").await.json()["items"].as_array().map_or(0, Vec::len)
}

async fn queue_of(system: &System) -> RedisQueue {
    let url = Secret::from(system.scope.mongodb_url.clone());
    let catalog = MongoCatalog::open(&url).await.expect("a URL");
    let incarnation = catalog.ledger().await.expect("a ledger").incarnation;
    let remote = RemoteRedis { url: Secret::from(system.scope.redis_url.clone()), tls_ca: None };
    Redis::open(&remote, Keys::new(&system.scope.namespace, &incarnation)).expect("a URL").queue()
}

/// A job of a request that fails as soon as it is begun, since it cannot be read.
async fn submit_broken(queue: &RedisQueue, number: u32) -> Submitted {
    let submission = Submission {
        id: JobId::from_queue(format!("render/{number}")),
        origin: "busy.test:80".to_owned(),
        priority: Priority::Request,
        payload: Payload { version: 1, text: "{".to_owned() },
        want: Seq::ZERO,
        token: Token::new(rand::random()),
        waiting: None,
        bound: None,
    };
    queue.submit(&submission).await.expect("submitted")
}
