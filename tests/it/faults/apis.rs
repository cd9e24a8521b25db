//! APIs and clients that leave while a render is under way.

use imcaxy_testkit::http::begin;
use reqwest::Method;

use super::story::Story;
use crate::harness::{Stack, on, on_both_stacks, start, system};

on_both_stacks! {
    when_the_client_that_began_a_render_leaves_the_others_are_served,
}

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
    story.all_wait_and(1, &system).await;
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
    story.all_wait_and(0, &system).await;
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

async fn when_the_client_that_began_a_render_leaves_the_others_are_served(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=302", "large.jpg");
    let gate = system.gauge.hold();
    let leader = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let mut story = Story::begins("the client that began the render left", &system, &path);
    story.all_wait_and(1, &system).await;
    leader.abort();
    assert!(leader.await.is_err_and(|left| left.is_cancelled()));
    story.breaks();
    gate.open();
    story.ends_well(&system, 1).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_that_nobody_hears_delay_a_picture_and_cost_no_call() {
    /// What Redis tells a subscriber of a publication with.
    const PUBLICATION: &str = "$7\r\nmessage\r\n";

    let system = start(system().proxied()).await;
    let path = system.path("/resize?width=303", "large.jpg");
    for api in &system.apis {
        api.links().redis.deaf_from(PUBLICATION);
    }
    let gate = system.gauge.hold();
    let mut story = Story::begins("all announcements lost", &system, &path);
    gate.wait_for(1).await;
    story.all_wait_and(0, &system).await;
    story.breaks();
    gate.open();
    story.ends_well(&system, 1).await;
    for api in &system.apis {
        api.links().redis.until_lost(1).await;
    }
    system.finish().await;
}
