//! A queue that is away, and workers that are asked without it.

use std::time::{Duration, Instant};

use futures::future::join_all;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Behaviour, Persistence, Photo, Role, System, port};
use reqwest::Method;
use serde_json::json;

use crate::harness::{
    Answer, Kept, discard, documents, no_job_lives, revalidate, start, system, until, until_hit, until_kept,
    worked_off,
};

/// Where nobody listens.
const DEAD: &str = "http://127.0.0.1:1";

/// One API, and one worker that it may ask directly; it is told of another that is dead.
fn degradable() -> Builder {
    let listen = format!("127.0.0.1:{}", port::free().expect("a port"));
    system()
        .apis(1)
        .workers(1)
        .env("IMCAXY_WORKER_LISTEN", &listen)
        .env("IMCAXY_DEGRADED_WORKERS", &format!("{DEAD}, http://{listen}"))
        .env("IMCAXY_DEGRADED_SECRET", "the secret of this test")
}

/// Fails the test unless this was rendered by a worker that was asked directly.
fn degraded(answer: Answer) -> Answer {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.cache_status(), "imcaxy; fwd=bypass; detail=degraded");
    assert_eq!(answer.header("cache-control"), "no-cache");
    answer.picture()
}

fn paths<const N: usize>(system: &System, widths: [u32; N]) -> [String; N] {
    widths.map(|width| system.path(&format!("/resize?width={width}"), "large.jpg"))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_redis_away_misses_are_rendered_and_not_kept_and_with_redis_back_they_are_kept() {
    let system = start(degradable().own_redis(Persistence::None)).await;
    let [known, new, other] = paths(&system, [300, 301, 302]);
    until_hit(&system, 0, &known).await;
    no_job_lives(&system).await;
    system.redis().kill();
    let asked = Instant::now();
    let answer = degraded(Answer::get(&system, 0, &new).await);
    assert!(asked.elapsed() >= Duration::from_secs(2), "only then is it away: {:?}", asked.elapsed());
    let direct = Answer::of_imaginary(&new, &[]).await.picture();
    assert!(answer.body == direct.body && answer.header("content-type") == direct.header("content-type"));
    // Those who ask now do not wait for it, and those who ask for the same wait for one.
    let (asked, calls) = (Instant::now(), system.gauge.calls().len());
    let gate = system.gauge.hold();
    let waiting: Vec<_> = (0..6).map(|_| begin(system.request(Method::GET, 0, &other))).collect();
    gate.wait_for(1).await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    Answer::get(&system, 0, &known).await.hit();
    gate.open();
    let direct = Answer::of_imaginary(&other, &[]).await.picture();
    for waiting in waiting {
        assert!(degraded(Answer::to(waiting).await).body == direct.body);
    }
    assert_eq!(system.gauge.calls().len(), calls + 1);
    let away = async || Answer::get(&system, 0, "/readyz").await.json()["degraded"].clone();
    until("what is away is named", async || away().await == json!(["redis"])).await;
    let kept = Kept::of(&system.scope).await;
    assert_eq!((kept.entries.len(), kept.objects.len(), kept.sources.len()), (1, 1, 1));
    system.redis().restart_without_data().await;
    until("misses go through the queue", async || {
        !Answer::get(&system, 0, &new).await.picture().cache_status().contains("degraded")
    })
    .await;
    until_kept(&system, 2).await;
    let log = system.apis[0].log();
    let said = |words: &str| log.matches(words).count();
    assert_eq!((said("the queue is away"), said("the queue is back")), (1, 1), "{log}");
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_hangs_is_away_too() {
    let system = start(degradable().proxied()).await;
    let [new, other] = paths(&system, [300, 301]);
    system.apis[0].links().redis.freeze();
    let asked = Instant::now();
    degraded(Answer::get(&system, 0, &new).await);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    system.apis[0].links().redis.mend();
    until("misses go through the queue", async || {
        !Answer::get(&system, 0, &other).await.picture().cache_status().contains("degraded")
    })
    .await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_when_the_queue_goes_away_is_served_without_it() {
    let system = start(degradable().own_redis(Persistence::None)).await;
    let [path] = paths(&system, [300]);
    let gate = system.gauge.hold();
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.redis().kill();
    // The job of the queue, of which nobody will hear, and the direct render.
    gate.wait_for(2).await;
    gate.open();
    degraded(Answer::to(waiting).await);
    system.redis().restart_without_data().await;
    until_kept(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_asked_directly_needs_no_catalog() {
    let system = start(degradable().proxied()).await;
    let [path] = paths(&system, [300]);
    system.apis[0].links().redis.cut();
    system.workers[0].links().mongodb.cut();
    degraded(Answer::get(&system, 0, &path).await);
    system.apis[0].links().mend();
    system.workers[0].links().mend();
    assert!(Kept::of(&system.scope).await.sources.is_empty());
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_what_is_blocked_is_refused_around_the_queue_too() {
    let mut system = start(degradable().proxied()).await;
    let [path] = paths(&system, [300]);
    for photo in ["large.jpg", "medium.jpg"] {
        let target = system.origin.url(photo);
        system.origin.behave(&format!("to-{photo}"), Behaviour::status(302).header("location", &target));
    }
    let redirected = |photo: &str| system.path("/resize?width=300", &format!("to-{photo}"));
    let block = async |photo: &str| {
        let body = json!({ "url": system.origin.url(photo), "block": true });
        assert_eq!(revalidate(&system, 0, &body).await.status, 202);
    };
    // The worker knows a list without them.
    until_hit(&system, 0, &path).await;
    system.apis[0].links().redis.cut();
    let asked = system.origin.count("large.jpg");
    block("large.jpg").await;
    Answer::get(&system, 0, &redirected("large.jpg")).await.refused(403, "source_blocked");
    assert_eq!(system.origin.count("large.jpg"), asked, "it reads the list before it follows");
    // One that cannot read it renders all the same, and its picture is refused.
    system.workers[0].links().mongodb.cut();
    block("medium.jpg").await;
    Answer::get(&system, 0, &redirected("medium.jpg")).await.refused(403, "source_blocked");
    assert_eq!(system.origin.count("medium.jpg"), 1);
    system.apis[0].links().mend();
    system.workers[0].links().mend();
    // Nobody was told that there are discards to be worked off.
    system.add(Role::Scheduler).await.expect("a scheduler");
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_asked_to_end_finishes_the_direct_renders_that_it_has_begun() {
    let mut system = start(degradable().proxied()).await;
    let [path] = paths(&system, [300]);
    system.apis[0].links().redis.cut();
    let gate = system.gauge.hold();
    let asked = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let mut worker = system.workers.remove(0);
    let answering = async {
        gate.open();
        degraded(Answer::to(asked).await)
    };
    tokio::join!(worker.stop(), answering);
    system.apis[0].links().redis.mend();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_as_ever_and_remembered_by_nobody() {
    let system = start(degradable().proxied()).await;
    system.origin.behave("gone.jpg", Behaviour::status(404));
    system.origin.behave("page.jpg", Behaviour::html());
    system.origin.behave("medium.jpg", Behaviour::photo().header("cache-control", "private"));
    system.apis[0].links().redis.cut();
    let ask = async |photo| Answer::get(&system, 0, &system.path("/resize?width=300", photo)).await;
    for _ in 0..2 {
        ask("gone.jpg").await.refused(404, "source_gone");
        ask("page.jpg").await.refused(422, "not_an_image");
    }
    assert_eq!(system.origin.count("gone.jpg"), 2, "it is asked each time");
    let private = ask("medium.jpg").await.picture();
    assert_eq!(private.header("cache-control"), "private, no-store");
    assert_eq!(private.cache_status(), "imcaxy; fwd=bypass; detail=private");
    assert!(documents(&system.scope, "failures").await.is_empty());
    system.apis[0].links().redis.mend();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_what_was_fetched_before_a_discard() {
    let system = start(degradable().proxied()).await;
    let [path] = paths(&system, [300]);
    system.apis[0].links().redis.cut();
    let gate = system.gauge.hold();
    let first = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.origin.behave("large.jpg", Behaviour::bytes(Photo::bytes("medium.jpg").await));
    discard(&system, "large.jpg").await;
    let second = begin(system.request(Method::GET, 0, &path));
    gate.open();
    let newer = Answer::of_imaginary(&path, &[]).await.picture();
    assert!(degraded(Answer::to(second).await).body == newer.body);
    degraded(Answer::to(first).await);
    system.apis[0].links().redis.mend();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_are_rendered_at_once_and_others_are_told_when_to_come_back() {
    let system = start(degradable().proxied().env("IMCAXY_DEGRADED_CONCURRENCY", "2")).await;
    let [one, two, three] = paths(&system, [300, 301, 302]);
    system.apis[0].links().redis.cut();
    let gate = system.gauge.hold();
    let waiting = [one, two].map(|path| begin(system.request(Method::GET, 0, &path)));
    gate.wait_for(2).await;
    let busy = Answer::get(&system, 0, &three).await;
    assert_eq!(busy.header("retry-after"), "1");
    busy.refused(503, "overloaded");
    gate.open();
    for waiting in join_all(waiting.map(Answer::to)).await {
        degraded(waiting);
    }
    degraded(Answer::get(&system, 0, &three).await);
    system.apis[0].links().redis.mend();
    system.finish().await;
}
