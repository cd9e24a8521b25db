//! Readers outlive writers: hits go on while a store is away.

use std::time::{Duration, Instant};

use imcaxy_testkit::{Proxy, System};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::harness::{
    Answer, Stack, discard, forget_memory, on, on_both_stacks, servers, start, system, until, until_hit,
};

on_both_stacks! {
    while_imaginary_is_away_hits_go_on_and_misses_are_told,
}

/// So late a replica that nobody asks hears of a discard, and so long its lease is.
const HEARD: Duration = Duration::from_secs(1);
const LEASE: Duration = Duration::from_secs(3);

/// Has a picture in the memory of the first replica.
async fn in_memory(system: &System, path: &str) -> Answer {
    until_hit(system, 0, path).await;
    let hit = Answer::get(system, 0, path).await.hit();
    assert!(hit.cache_status().ends_with("detail=memory"), "{}", hit.cache_status());
    hit
}

/// Fails the test unless this is that picture, marked stale.
fn stale(answer: Answer, picture: &Answer) {
    let answer = answer.hit();
    assert!(answer.cache_status().starts_with("imcaxy; hit; ttl=-"), "{}", answer.cache_status());
    assert!(answer.cache_status().ends_with("; detail=stale"), "{}", answer.cache_status());
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!((&answer.body, answer.header("etag")), (&picture.body, picture.header("etag")));
}

/// Waits until the first replica, whose catalog is away, marks a picture stale: until its lease ends it answers as ever.
async fn until_stale(system: &System, path: &str, picture: &Answer) {
    until("its lease has ended", async || {
        let answer = Answer::get(system, 0, path).await.hit();
        assert_eq!(answer.body, picture.body);
        answer.cache_status().ends_with("; detail=stale")
    })
    .await;
}

/// Waits until the first replica says that these are away and no others: one that is there and slow may be named once.
async fn until_degraded(system: &System, away: Value) {
    until("what is away is named", async || degraded(system).await == away).await;
}

/// What the first replica says of itself.
async fn degraded(system: &System) -> Value {
    let asked = Instant::now();
    let ready = Answer::get(system, 0, "/readyz").await;
    assert!(asked.elapsed() < Duration::from_secs(2), "a probe gives up sooner: {:?}", asked.elapsed());
    assert_eq!(ready.status, 200);
    ready.json()["degraded"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_mongodb_is_away_what_is_in_memory_is_answered_and_nobody_waits_for_it() {
    let system = start(system().proxied()).await;
    let [known, new] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    let picture = in_memory(&system, &known).await;
    let mongodb = &system.apis[0].links().mongodb;
    for away in ["cut", "frozen"] {
        if away == "cut" {
            mongodb.cut()
        } else {
            mongodb.freeze()
        }
        until_stale(&system, &known, &picture).await;
        let asked = Instant::now();
        for _ in 0..50 {
            stale(Answer::get(&system, 0, &known).await, &picture);
        }
        assert!(asked.elapsed() < Duration::from_secs(8), "{away}: {:?}", asked.elapsed());
        let head = system.request(Method::HEAD, 0, &known).send().await.expect("an answer");
        assert_eq!(head.status(), 200, "{away}");
        let asked = Instant::now();
        let refused = Answer::get(&system, 0, &new).await.refused(503, "unavailable");
        assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
        assert!(asked.elapsed() < Duration::from_secs(4), "{away}: {:?}", asked.elapsed());
        until_degraded(&system, json!(["mongodb"])).await;
        let other = Answer::get(&system, 1, &known).await.hit();
        assert!(!other.cache_status().contains("stale"), "the other replica is not cut off");
        mongodb.mend();
        until("it is fresh again", async || {
            Answer::get(&system, 0, &known).await.hit().cache_status() == "imcaxy; hit; detail=memory"
        })
        .await;
    }
    Answer::get(&system, 0, &new).await.picture();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_has_heard_is_discarded_it_does_not_answer_while_mongodb_is_away() {
    let system = start(system().proxied()).await;
    let [path, other] = ["large.jpg", "medium.jpg"].map(|photo| system.path("/resize?width=300", photo));
    let [_, picture] = [in_memory(&system, &path).await, in_memory(&system, &other).await];
    discard(&system, "large.jpg").await;
    system.apis[0].links().mongodb.cut();
    Answer::get(&system, 0, &path).await.refused(503, "unavailable");
    until_stale(&system, &other, &picture).await;
    Answer::get(&system, 0, &path).await.refused(503, "unavailable");
    stale(Answer::get(&system, 0, &other).await, &picture);
    system.apis[0].links().mongodb.mend();
    until("it is rendered again", async || Answer::get(&system, 0, &path).await.status == 200).await;
    assert_eq!(system.gauge.calls().len(), 3);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_nobody_asks_hears_of_discards_and_does_not_answer_them_while_mongodb_is_away() {
    let system = start(system().proxied()).await;
    let mongodb = &system.apis[0].links().mongodb;
    for (photo, away) in [("large.jpg", "cut"), ("medium.jpg", "frozen")] {
        let path = system.path("/resize?width=300", photo);
        in_memory(&system, &path).await;
        discard(&system, photo).await;
        sleep(HEARD + HEARD / 2).await;
        if away == "cut" {
            mongodb.cut()
        } else {
            mongodb.freeze()
        }
        Answer::get(&system, 0, &path).await.refused(503, "unavailable");
        mongodb.mend();
        until("it is rendered again", async || Answer::get(&system, 0, &path).await.status == 200).await;
    }
    assert_eq!(system.gauge.calls().len(), 4);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_has_heard_nothing_for_longer_than_its_lease_answers_nothing_old() {
    let mut system = start(system().proxied()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    in_memory(&system, &path).await;
    system.apis[0].pause();
    discard(&system, "medium.jpg").await;
    sleep(LEASE + HEARD).await;
    system.apis[0].links().mongodb.cut();
    system.apis[0].resume();
    Answer::get(&system, 0, &path).await.refused(503, "unavailable");
    system.apis[0].links().mongodb.mend();
    until("it is rendered again", async || Answer::get(&system, 0, &path).await.status == 200).await;
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_stale_allowed_nothing_is_answered_while_mongodb_is_away() {
    let system = start(system().proxied().env("IMCAXY_CACHE_STALE_IF_ERROR", "0s")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    in_memory(&system, &path).await;
    system.apis[0].links().mongodb.cut();
    until("its lease has ended", async || Answer::get(&system, 0, &path).await.status != 200).await;
    Answer::get(&system, 0, &path).await.refused(503, "unavailable");
    system.apis[0].links().mongodb.mend();
    until("it is back", async || Answer::get(&system, 0, &path).await.status == 200).await;
    until_hit(&system, 0, &path).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_s3_is_away_what_is_in_memory_is_answered_as_ever() {
    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let picture = in_memory(&system, &path).await;
    for api in &system.apis {
        api.links().s3.cut();
    }
    for _ in 0..3 {
        let hit = Answer::get(&system, 0, &path).await.hit();
        assert_eq!((hit.cache_status(), &hit.body), ("imcaxy; hit; detail=memory", &picture.body));
    }
    // The other one has nothing in memory, and needs nothing to tell the headers.
    Answer::get(&system, 1, &path).await.refused(503, "unavailable");
    let head = system.request(Method::HEAD, 1, &path).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    until_degraded(&system, json!(["s3"])).await;
    for api in &system.apis {
        api.links().s3.mend();
    }
    until("it is read again", async || Answer::get(&system, 1, &path).await.status == 200).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_s3_hangs_one_wait_is_in_vain_and_what_is_in_memory_is_answered_as_ever() {
    let system = start(system().proxied()).await;
    let [known, cold] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    let picture = in_memory(&system, &known).await;
    until_hit(&system, 1, &cold).await;
    let s3 = &system.apis[0].links().s3;
    s3.freeze_requests();
    let asked = Instant::now();
    Answer::get(&system, 0, &cold).await.refused(503, "unavailable");
    assert!(asked.elapsed() < Duration::from_secs(4), "the first: {:?}", asked.elapsed());
    let asked = Instant::now();
    for _ in 0..20 {
        Answer::get(&system, 0, &cold).await.refused(503, "unavailable");
        let hit = Answer::get(&system, 0, &known).await.hit();
        assert_eq!((hit.cache_status(), &hit.body), ("imcaxy; hit; detail=memory", &picture.body));
    }
    assert!(asked.elapsed() < Duration::from_secs(4), "the others: {:?}", asked.elapsed());
    s3.mend();
    until("it is read again", async || Answer::get(&system, 0, &cold).await.status == 200).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_imaginary_and_the_workers_are_away_hits_go_on() {
    let system = start(system().proxied().env("IMCAXY_REQUESTS_WAIT", "3s")).await;
    let [known, new] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    in_memory(&system, &known).await;
    for process in system.apis.iter().chain(&system.workers) {
        process.links().redis.cut();
        process.links().imaginary.cut();
    }
    for replica in [0, 1] {
        let hit = Answer::get(&system, replica, &known).await.hit();
        assert!(!hit.cache_status().contains("stale"), "{}", hit.cache_status());
        let missed = Answer::get(&system, replica, &new).await;
        assert!(matches!(missed.status, 503 | 504), "{missed:?}");
    }
    until_degraded(&system, json!(["redis"])).await;
    for process in system.apis.iter().chain(&system.workers) {
        process.links().mend();
    }
    until("it is rendered", async || Answer::get(&system, 1, &new).await.status == 200).await;
    system.finish().await;
}

async fn while_imaginary_is_away_hits_go_on_and_misses_are_told(stack: Stack) {
    let imaginary = Proxy::start(servers().imaginary_url.trim_start_matches("http://")).await;
    let url = format!("http://{}", imaginary.address());
    let system = start(on(stack).env("IMCAXY_IMAGINARY_URL", &url)).await;
    let [known, new] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    in_memory(&system, &known).await;
    imaginary.cut();
    for replica in [0, 1] {
        let hit = Answer::get(&system, replica, &known).await.hit();
        assert!(!hit.cache_status().contains("stale"), "{}", hit.cache_status());
        Answer::get(&system, replica, &new).await.refused(502, "imaginary_failed");
    }
    // Another process would reach it no better.
    until_degraded(&system, json!([])).await;
    imaginary.mend();
    until("it is rendered", async || Answer::get(&system, 1, &new).await.status == 200).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_folder_of_objects_is_away_what_is_in_memory_is_answered_as_ever() {
    let mut system = start(on(Stack::Embedded)).await;
    let [cold, known] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    until_hit(&system, 0, &cold).await;
    forget_memory(&mut system).await;
    let picture = in_memory(&system, &known).await;
    let objects = system.scope.data_dir().join("objects");
    let elsewhere = objects.with_extension("elsewhere");
    std::fs::rename(&objects, &elsewhere).expect("moved away");
    let hit = Answer::get(&system, 0, &known).await.hit();
    assert_eq!((hit.cache_status(), &hit.body), ("imcaxy; hit; detail=memory", &picture.body));
    // It is away, and nothing is lost: what is not in memory is no reason to render it once more.
    Answer::get(&system, 0, &cold).await.refused(503, "unavailable");
    until_degraded(&system, json!(["files"])).await;
    std::fs::rename(&elsewhere, &objects).expect("moved back");
    until("it is read again", async || Answer::get(&system, 0, &cold).await.status == 200).await;
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_all_of_whose_stores_hang_is_ready_and_says_what_is_away() {
    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let picture = in_memory(&system, &path).await;
    let links = system.apis[0].links();
    for link in [&links.mongodb, &links.s3, &links.redis] {
        link.freeze();
    }
    until_degraded(&system, json!(["mongodb", "s3", "redis"])).await;
    until_stale(&system, &path, &picture).await;
    stale(Answer::get(&system, 0, &path).await, &picture);
    links.mend();
    until_degraded(&system, json!([])).await;
    system.finish().await;
}
