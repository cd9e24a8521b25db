//! A Redis that crashes, forgets, fills up, and one whose clock jumps.

use std::time::Duration;

use imcaxy_shared::ports::{JobQueue as _, Sighting};
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{OwnRedis, Persistence, Role, System};
use reqwest::Method;

use super::story::Story;
use crate::harness::{Answer, no_job_lives, queue, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_restarted_with_its_data_costs_no_call() {
    let system = start(system().own_redis(Persistence::AppendOnly)).await;
    let path = system.path("/resize?width=302", "large.jpg");
    let gate = system.gauge.hold();
    let mut story = Story::begins("Redis restarted with its data while requests wait", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
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
    story.all_wait_and(0, &system).await;
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
    story.all_wait_and(0, &system).await;
    system.redis().flush().await;
    story.breaks();
    until("it is rendered again", async || system.gauge.calls().len() == 2).await;
    gate.open();
    story.ends_well(&system, 2).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_whose_clock_steps_takes_no_claim_away() {
    const HOUR: Duration = Duration::from_secs(3600);

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
        story.all_wait_and(0, &system).await;
        if forward {
            system.redis().step_forward(HOUR);
        } else {
            system.redis().step_back(HOUR);
        }
        story.breaks();
        the_claim_outlives_a_lease(&system).await;
        gate.open();
        story.ends_well(&system, before + 1).await;
        // All are served before the picture is kept, and the next one's claim is to be the only one.
        no_job_lives(&system).await;
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
    story.all_wait_and(0, &system).await;
    system.redis().set_maxmemory(1).await;
    story.breaks();
    let new = Answer::get(&system, 0, &system.path("/resize?width=308", "large.jpg")).await;
    assert_eq!(new.header("retry-after"), "10");
    new.refused(503, "overloaded");
    // Claims are renewed and ended all the same: nobody takes the job away.
    the_claim_outlives_a_lease(&system).await;
    gate.open();
    story.ends_well(&system, 1).await;
    no_job_lives(&system).await;
    system.redis().set_maxmemory(0).await;
    Answer::get(&system, 1, &system.path("/resize?width=308", "large.jpg")).await.picture();
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_redis_that_jumps_ends_no_request_and_keeps_no_job_waiting() {
    const DAY: Duration = Duration::from_secs(24 * 3_600);

    let system = start(system().workers(1).steppable_clock()).await;
    let steps: [fn(&OwnRedis, Duration); 2] = [OwnRedis::step_forward, OwnRedis::step_back];
    for (width, step) in (320..).zip(steps) {
        let [one, other] =
            [0, 50].map(|more| system.path(&format!("/resize?width={}", width + more), "large.jpg"));
        let gate = system.gauge.hold();
        let waiting = begin(system.request(Method::GET, 0, &one));
        gate.wait_for(1).await;
        step(system.redis(), DAY);
        gate.open();
        Answer::to(waiting).await.picture();
        Answer::get(&system, 1, &other).await.picture();
    }
    assert_eq!(system.gauge.calls().len(), 4);
    system.finish().await;
}

/// Waits until the one claim that is held has been renewed for longer than a claim without signs of life is left; one
/// that is taken away meanwhile fails the test.
async fn the_claim_outlives_a_lease(system: &System) {
    /// One comes every second, and a lease is five.
    const RENEWALS: u64 = 7;
    /// Nothing is dropped by this look, whatever the clock says.
    const PATIENT: Duration = Duration::from_secs(30 * 24 * 3_600);

    let queue = queue(&system.scope).await;
    let look = async || {
        let claims = queue.tend(PATIENT).await.expect("an answer").claims;
        let [Sighting { token, attempt, renewals, .. }] = &claims[..] else {
            panic!("one claim: {claims:?}")
        };
        ((token.clone(), *attempt), *renewals)
    };
    let (claim, before) = look().await;
    until("it is renewed", async || {
        let (same, now) = look().await;
        assert_eq!(same, claim, "nobody takes it away");
        now >= before + RENEWALS
    })
    .await;
}
