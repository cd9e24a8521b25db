//! Links that break and lose what was said.

use std::time::Duration;

use imcaxy_shared::ports::{JobQueue as _, Search};
use imcaxy_testkit::http::begin;
use reqwest::Method;

use super::story::Story;
use crate::harness::{Answer, history, queue, remove_orphans, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_redis_that_is_reset_does_not_end_the_requests_that_wait_on_it() {
    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("one API's link to Redis reset while requests wait", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    let redis = &system.apis[0].links().redis;
    redis.cut();
    redis.until_open(0).await;
    redis.mend();
    story.breaks();
    gate.open();
    story.ends_well(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_links_between_all_parts_cost_time_and_nothing_else() {
    let system = start(system().proxied()).await;
    for process in system.apis.iter().chain(&system.workers) {
        let links = process.links();
        for link in [&links.redis, &links.mongodb, &links.s3, &links.imaginary] {
            link.delay(Duration::from_millis(40));
            link.throttle(2_000_000);
        }
    }
    let path = system.path("/resize?width=301", "large.jpg");
    let story = Story::begins("all links slow: 40 ms each way, 2 MB/s", &system, &path);
    story.ends_well(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_cut_from_a_store_says_so_and_the_next_request_is_served() {
    let system = start(system().workers(1).proxied()).await;
    let links = system.workers[0].links();
    for (width, store) in [(1800, &links.mongodb), (1801, &links.s3)] {
        // Not handed over before it is kept, so that those who wait depend on the store.
        let path = system.path(&format!("/resize?width={width}&type=png"), "large.jpg");
        let gate = system.gauge.hold_answers();
        let mut waiting = begin(system.request(Method::GET, 0, &path));
        tokio::select! {
            () = gate.wait_for(1) => {}
            early = &mut waiting => panic!("answered early: {:?}", Answer::of(early.expect("an answer")).await),
        }
        store.cut();
        gate.open();
        Answer::to(waiting).await.refused(503, "unavailable");
        store.mend();
        Answer::get(&system, 1, &path).await.picture();
    }
    // Put while the catalog was away.
    assert_eq!(remove_orphans(&system.scope).await, 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_alone_caused_the_render_although_it_ended_while_the_job_was_submitted_again() {
    let system = start(system().apis(1).workers(1).proxied()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let gate = system.gauge.hold();
    let asked = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let redis = &system.apis[0].links().redis;
    redis.freeze_requests();
    // The look is over, and what it leads to is on its way.
    redis.until_held(1).await;
    gate.open();
    let queue = queue(&system.scope).await;
    until("the render has ended", async || queue.live(None, 1).await.expect("jobs").is_empty()).await;
    redis.mend();
    let answer = Answer::to(asked).await.picture();
    assert_eq!(answer.cache_status(), "imcaxy; fwd=uri-miss; fwd-status=200");
    let history = history(&system.scope).await;
    let lives = Search { url: Some(system.origin.url("medium.jpg")), limit: 3, ..Search::default() };
    until("it lived twice", async || history.search(&lives).await.expect("found").len() == 2).await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_alone_caused_the_render_although_the_answer_to_its_submission_was_lost() {
    let system = start(system().apis(1).workers(1).proxied()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let gate = system.gauge.hold();
    let redis = &system.apis[0].links().redis;
    redis.deaf_from("queued");
    let asked = begin(system.request(Method::GET, 0, &path));
    redis.until_lost(1).await;
    gate.wait_for(1).await;
    redis.mend();
    gate.open();
    let answer = Answer::to(asked).await.picture();
    let told = answer.cache_status();
    assert!(told.starts_with("imcaxy; fwd=uri-miss; fwd-status=200"), "{told}");
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}
