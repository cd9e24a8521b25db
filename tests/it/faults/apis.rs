//! APIs and clients that leave while a render is under way.

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Persistence, Role};
use reqwest::Method;

use super::story::Story;
use crate::harness::{Answer, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn when_the_api_that_began_a_render_is_killed_the_other_ones_requests_are_served() {
    let mut system = start(system()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let leader = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    // Those of the second replica only: the first one's die with it.
    let first = system.apis.remove(0);
    let mut story = Story::begins("the API that began the render killed", &system, &path);
    until("they wait for it", async || {
        let items = Answer::in_flight(&system, "").await.json();
        items["items"][0]["waiting"].as_u64().is_some_and(|waiting| waiting > 1)
    })
    .await;
    drop(first);
    story.breaks();
    assert!(leader.await.is_err(), "its own client is cut off");
    gate.open();
    story.ends_well(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_cut_from_redis_for_a_while_serves_those_who_wait() {
    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=301", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("both APIs cut from Redis while their requests wait", &system, &path);
    gate.wait_for(1).await;
    for api in &system.apis {
        api.links().redis.cut();
    }
    story.breaks();
    gate.open();
    // It is rendered and kept meanwhile: the catalog tells them, without Redis.
    story.ends_well(&system, 1).await;
    for api in &system.apis {
        api.links().redis.mend();
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_restarted_with_its_data_costs_no_call() {
    let system = start(system().own_redis(Persistence::AppendOnly)).await;
    let path = system.path("/resize?width=302", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("Redis restarted with its data while requests wait", &system, &path);
    gate.wait_for(1).await;
    system.redis().restart_with_data().await;
    story.breaks();
    gate.open();
    story.ends_well(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_restarted_without_its_data_costs_one_call_a_key() {
    let system = start(system().own_redis(Persistence::None)).await;
    let path = system.path("/resize?width=303", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("Redis restarted without its data while requests wait", &system, &path);
    gate.wait_for(1).await;
    system.redis().restart_without_data().await;
    story.breaks();
    // Those who wait have it rendered again.
    until("it is", async || system.gauge.calls().len() == 2).await;
    gate.open();
    story.ends_well(&system, 2).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_flushed_costs_one_call_a_key() {
    let system = start(system().own_redis(Persistence::None)).await;
    let path = system.path("/resize?width=304", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("Redis flushed while requests wait", &system, &path);
    gate.wait_for(1).await;
    system.redis().flush().await;
    story.breaks();
    until("it is rendered again", async || system.gauge.calls().len() == 2).await;
    gate.open();
    story.ends_well(&system, 2).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_whose_clock_steps_takes_no_claim_away() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);

    let mut system = start(system().own_redis(Persistence::None).steppable_clock()).await;
    for (width, forward) in [(305, true), (306, false)] {
        let path = system.path(&format!("/resize?width={width}"), "large.jpg");
        let gate = system.gauge.hold();
        let before = system.gauge.calls().len();
        let fault = if forward {
            "Redis' clock stepped an hour forward"
        } else {
            "Redis' clock stepped an hour back"
        };
        let mut story = Story::begins(fault, &system, &path);
        gate.wait_for(1).await;
        if forward {
            system.redis().step_forward(HOUR);
        } else {
            system.redis().step_back(HOUR);
        }
        story.breaks();
        // Long enough for a claim without signs of life to be taken away.
        let worker = system.worker_running(&system.origin.url("large.jpg")).await;
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
        assert_eq!(system.worker_running(&system.origin.url("large.jpg")).await, worker);
        gate.open();
        story.ends_well(&system, before + 1).await;
    }
    system.add(Role::Worker).await.expect("a worker that starts now");
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_full_ends_what_runs_and_refuses_what_is_new() {
    let system = start(system().own_redis(Persistence::None)).await;
    let path = system.path("/resize?width=307", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("Redis full while a render runs", &system, &path);
    gate.wait_for(1).await;
    system.redis().set_maxmemory(1).await;
    story.breaks();
    let new = Answer::get(&system, 0, &system.path("/resize?width=308", "large.jpg")).await;
    assert_eq!(new.header("retry-after"), "10");
    new.refused(503, "overloaded");
    // Claims are renewed and ended all the same: nobody takes the job away.
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    gate.open();
    story.ends_well(&system, 1).await;
    until("no job lives", async || {
        Answer::in_flight(&system, "").await.json()["items"].as_array().is_some_and(Vec::is_empty)
    })
    .await;
    system.redis().set_maxmemory(0).await;
    Answer::get(&system, 1, &system.path("/resize?width=308", "large.jpg")).await.picture();
    system.finish().await;
}
