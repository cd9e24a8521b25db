//! Where the time went.

use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, Stack, on, on_both_stacks, start, until, until_hit, waiting_requests};

on_both_stacks! {
    an_answer_says_where_its_time_went_and_who_joined_a_job_says_it_too,
}

/// The names of what was measured, each with a number.
fn measured(answer: &Answer) -> Vec<&str> {
    let metric = |metric: &'_ str| {
        let (name, millis) = metric.split_once(";dur=").expect("a duration");
        assert!(millis.parse::<f64>().is_ok_and(|millis| millis >= 0.0), "{metric}");
        name.len()
    };
    let metrics = answer.header("server-timing").split(", ");
    metrics.map(|one| one.split_at(metric(one)).0).collect()
}

async fn an_answer_says_where_its_time_went_and_who_joined_a_job_says_it_too(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let gate = system.gauge.hold();
    let first = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let joined = begin(system.request(Method::GET, 1, &path));
    until("both wait", async || waiting_requests(&system).await == 2).await;
    gate.open();
    for answer in [Answer::to(first).await.picture(), Answer::to(joined).await.picture()] {
        let measured = measured(&answer);
        for name in ["total", "lookup", "queue", "fetch", "imaginary"] {
            assert!(measured.contains(&name), "{name}: {}", answer.header("server-timing"));
        }
    }
    let hit = until_hit(&system, 0, &path).await;
    assert_eq!(measured(&hit), ["total", "lookup", "read"]);
    let large = Answer::get(&system, 0, &system.path("/convert?type=png", "large.jpg")).await.picture();
    let all = ["total", "lookup", "read", "queue", "fetch", "imaginary", "store"];
    assert_eq!(measured(&large), all);
    let wrong = Answer::get(&system, 0, "/resize?width=abc").await;
    assert_eq!(measured(&wrong), ["total"]);
    system.finish().await;
}
