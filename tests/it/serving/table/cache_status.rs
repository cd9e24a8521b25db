//! `Cache-Status`: one row for each of its values, asked in this order, and what the same answer lets caches do.

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Behaviour, System};
use reqwest::Method;

use super::codes::told_as_errors_are;
use super::headers::said_of_a_picture;
use super::{Settings, filled_in, sources_that_are_not_kept, with};
use crate::harness::{Answer, Stack, forget_memory, on, on_both_stacks, start, until, waiting_requests};

/// What is asked, and what it says.
struct Row {
    asked: Asked,
    path: &'static str,
    /// `N` stands for a number.
    cache_status: &'static str,
    cache_control: &'static str,
}

enum Asked {
    /// Of that replica.
    Once(usize),
    /// Of that replica, which has nothing in memory.
    Cold(usize),
    /// Of that replica until it says so: a picture gets old.
    InTime(usize),
    /// The same, once the origin has no photograph any more.
    InTimeOfNone(usize),
}

use Asked::{Cold, InTime, InTimeOfNone, Once};

on_both_stacks! {
    every_cache_status_is_said_where_it_is_true_and_caches_may_do_what_fits_it,
    those_who_join_a_render_are_told_so,
}

const fn row(
    asked: Asked,
    path: &'static str,
    cache_status: &'static str,
    cache_control: &'static str,
) -> Row {
    Row { asked, path, cache_status, cache_control }
}

/// What the settings say where nothing else does.
const USUAL: &str = "public, max-age=300";

const LARGE: &str = "/convert?type=png&SOURCE/large.jpg";
const SMALL: &str = "/resize?width=300&SOURCE/medium.jpg";
const INFO: &str = "/info?SOURCE/medium.jpg";
const MISSING: &str = "/resize?width=300&SOURCE/missing.jpg";
const WRONG: &str = "/resize?width=abc&SOURCE/large.jpg";
const SECRET: &str = "/resize?width=300&SOURCE/secret.jpg";
const UNSTEADY: [&str; 2] =
    ["/resize?width=300&SOURCE/unsteady.jpg", "/resize?width=301&SOURCE/unsteady.jpg"];

/// Rows that need no more than these settings.
const TABLES: &[(Settings, &[Row])] = &[
    (
        &[],
        &[
            row(Once(0), LARGE, "fwd=uri-miss; fwd-status=N; stored", USUAL),
            row(Cold(1), LARGE, "hit; detail=store", USUAL),
            row(Once(1), LARGE, "hit; detail=memory", USUAL),
            row(Once(0), INFO, "fwd=uri-miss; fwd-status=N", USUAL),
            row(Once(0), MISSING, "fwd=uri-miss; detail=source_gone", "no-store"),
            row(Once(1), MISSING, "hit; detail=negative", "no-store"),
            row(Once(0), WRONG, "fwd=bypass; detail=bad_parameter", "no-store"),
            row(Once(0), SECRET, "fwd=bypass; detail=private", "private, no-store"),
            row(Once(1), SECRET, "fwd=bypass; detail=private", "private, no-store"),
        ],
    ),
    (
        &[("IMCAXY_SOURCES_KEEP", "none")],
        &[
            row(Once(0), UNSTEADY[0], "fwd=uri-miss; fwd-status=N", USUAL),
            row(Once(1), UNSTEADY[1], "fwd=bypass; detail=unsteady", "no-cache"),
            row(Once(0), UNSTEADY[1], "fwd=bypass; detail=unsteady", "no-cache"),
        ],
    ),
    (
        &[("IMCAXY_CACHE_TTL", "1h")],
        &[
            row(Once(0), LARGE, "fwd=uri-miss; fwd-status=N; stored", USUAL),
            row(Cold(1), LARGE, "hit; ttl=N; detail=store", USUAL),
            row(Once(1), LARGE, "hit; ttl=N; detail=memory", USUAL),
        ],
    ),
    (
        &[("IMCAXY_CACHE_TTL", "500ms")],
        &[
            row(Once(0), SMALL, "fwd=uri-miss; fwd-status=N", USUAL),
            row(InTime(0), SMALL, "hit; ttl=-N; detail=stale", "no-cache"),
        ],
    ),
    (
        &[("IMCAXY_CACHE_TTL", "500ms"), ("IMCAXY_CACHE_GRACE", "0s")],
        &[
            row(Once(0), SMALL, "fwd=uri-miss; fwd-status=N", USUAL),
            row(InTime(0), SMALL, "fwd=stale; fwd-status=N", USUAL),
            // The last resort.
            row(InTimeOfNone(0), SMALL, "hit; ttl=-N; detail=stale", "no-cache"),
        ],
    ),
];

async fn every_cache_status_is_said_where_it_is_true_and_caches_may_do_what_fits_it(stack: Stack) {
    for (settings, rows) in TABLES {
        let mut system = start(with(settings, on(stack))).await;
        for (source, behaviour) in sources_that_are_not_kept().await {
            system.origin.behave(source, behaviour);
        }
        for row in *rows {
            let answer = answer_to(&mut system, row).await;
            assert_eq!(said(&answer), row.cache_status, "{}", row.path);
            let way = format!("{}: {}", row.path, row.cache_status);
            match answer.status {
                200 => said_of_a_picture(&way, &answer, row.cache_control),
                _ => told_as_errors_are(&answer),
            }
            assert_eq!(answer.header("cache-control"), row.cache_control, "{way}");
        }
        system.finish().await;
    }
}

async fn answer_to(system: &mut System, row: &Row) -> Answer {
    let path = filled_in(system, row.path);
    let replica = match row.asked {
        Once(replica) => return Answer::get(system, replica, &path).await,
        Cold(replica) => {
            forget_memory(system).await;
            return Answer::get(system, replica, &path).await;
        }
        InTime(replica) => replica,
        InTimeOfNone(replica) => {
            system.origin.behave("medium.jpg", Behaviour::status(500));
            replica
        }
    };
    let system = &*system;
    let last = std::sync::Mutex::new(None);
    until(row.cache_status, async || {
        let answer = Answer::get(system, replica, &path).await;
        let so = said(&answer) == row.cache_status;
        *last.lock().expect("unpoisoned") = Some(answer);
        so
    })
    .await;
    last.into_inner().expect("unpoisoned").expect("an answer")
}

async fn those_who_join_a_render_are_told_so(stack: Stack) {
    let system = start(on(stack)).await;
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
fn said(answer: &Answer) -> String {
    let number = |value: &str| match value.parse::<i64>() {
        Ok(number) if number < 0 => "-N".to_owned(),
        Ok(_) => "N".to_owned(),
        Err(_) => value.to_owned(),
    };
    let word = |part: &str| match part.split_once('=') {
        Some((name, value)) => format!("{name}={}", number(value)),
        None => part.to_owned(),
    };
    let words = answer.cache_status().strip_prefix("imcaxy; ").unwrap_or_default();
    words.split("; ").map(word).collect::<Vec<_>>().join("; ")
}
