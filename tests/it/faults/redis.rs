//! A Redis that crashes, and one whose clock jumps.

use std::time::Duration;

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{OwnRedis, Persistence};
use reqwest::Method;

use crate::harness::{Answer, start, system};

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_restarted_with_its_jobs_costs_no_second_render() {
    let system = start(system().workers(1).own_redis(Persistence::AppendOnly)).await;
    let path = system.path("/resize?width=302", "large.jpg");
    let gate = system.gauge.hold();
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    system.redis().restart_with_data().await;
    gate.open();
    Answer::of(waiting.await.expect("an answer")).await.picture();
    assert_eq!(system.gauge.calls().len(), 1);
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
        Answer::of(waiting.await.expect("an answer")).await.picture();
        Answer::get(&system, 1, &other).await.picture();
    }
    assert_eq!(system.gauge.calls().len(), 4);
    system.finish().await;
}
