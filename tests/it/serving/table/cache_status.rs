//! `Cache-Status`: one row for each of its values, asked in this order.

use imcaxy_testkit::http::begin;
use reqwest::Method;

use super::{Settings, filled_in, with};
use crate::harness::{Answer, start, system, until, waiting_requests};

/// Which replica is asked for what, and what it says; `N` stands for a number.
type Row = (usize, &'static str, &'static str);

/// Rows that need no more than these settings.
const TABLES: &[(Settings, &[Row])] = &[(
    &[],
    &[
        (0, "/convert?type=png&SOURCE/large.jpg", "fwd=uri-miss; fwd-status=N; stored"),
        (1, "/convert?type=png&SOURCE/large.jpg", "hit; detail=store"),
        (1, "/convert?type=png&SOURCE/large.jpg", "hit; detail=memory"),
        (0, "/info?SOURCE/medium.jpg", "fwd=uri-miss; fwd-status=N"),
        (0, "/resize?width=300&SOURCE/missing.jpg", "fwd=uri-miss; detail=source_gone"),
        (1, "/resize?width=300&SOURCE/missing.jpg", "hit; ttl=N; detail=negative"),
        (0, "/resize?width=abc&SOURCE/large.jpg", "fwd=bypass; detail=bad_parameter"),
    ],
)];

#[tokio::test(flavor = "multi_thread")]
async fn every_cache_status_is_said_where_it_is_true() {
    for (settings, rows) in TABLES {
        let system = start(with(settings, system())).await;
        for (replica, path, status) in *rows {
            let answer = Answer::get(&system, *replica, &filled_in(&system, path)).await;
            assert_eq!(without_numbers(answer.cache_status()), format!("imcaxy; {status}"), "{path}");
        }
        system.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_join_a_render_are_told_so() {
    let system = start(system()).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let gate = system.gauge.hold();
    let first = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let joined = [0, 1].map(|replica| begin(system.request(Method::GET, replica, &path)));
    until("all wait for one job", async || waiting_requests(&system).await == 3).await;
    gate.open();
    assert!(
        Answer::to(first).await.picture().cache_status().starts_with("imcaxy; fwd=uri-miss; fwd-status=200")
    );
    for joined in joined {
        assert_eq!(Answer::to(joined).await.picture().cache_status(), "imcaxy; fwd=uri-miss; collapsed");
    }
    system.finish().await;
}

/// The words, with `N` for each number.
fn without_numbers(status: &str) -> String {
    let value = |part: &str| match part.split_once('=') {
        Some((name, value)) if value.parse::<i64>().is_ok() => format!("{name}=N"),
        _ => part.to_owned(),
    };
    status.split("; ").map(value).collect::<Vec<_>>().join("; ")
}
