//! Links that break and lose what was said.

use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, start, system};

/// What Redis tells a subscriber of a publication with.
const PUBLICATION: &str = "$7\r\nmessage\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_redis_that_is_cut_does_not_end_the_requests_that_wait_on_it() {
    let system = start(system().workers(1).proxied()).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let waiting = [0, 1].map(|replica| begin(system.request(Method::GET, replica, &path)));
    gate.wait_for(1).await;
    let redis = &system.apis[0].links().redis;
    redis.cut();
    redis.until_open(0).await;
    redis.mend();
    gate.open();
    for waiting in waiting {
        Answer::of(waiting.await.expect("an answer")).await.picture();
    }
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_that_nobody_hears_delays_a_picture_and_costs_no_second_render() {
    let system = start(system().apis(1).workers(1).proxied()).await;
    let path = system.path("/resize?width=301", "large.jpg");
    let redis = &system.apis[0].links().redis;
    redis.deaf_from(PUBLICATION);
    Answer::get(&system, 0, &path).await.picture();
    redis.until_lost(1).await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}
