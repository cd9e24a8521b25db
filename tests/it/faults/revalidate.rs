//! Discards while replicas freeze, are cut off, come and go, and while renders are under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use imcaxy_shared::ports::REPLICA_LEASE;
use imcaxy_testkit::{Persistence, Role, System};
use reqwest::Method;
use serde_json::json;
use tokio::sync::RwLock;
use tokio::time::sleep;

use crate::harness::{
    Answer, give_width, revalidate, start, system, until, width, width_in_memory, width_path, worked_off,
};

/// So long a discard waits for a replica that says nothing, at most.
const LEASE: Duration = REPLICA_LEASE;

/// Tests that time an acknowledgement read this, and do not run beside the one that keeps all servers busy.
static BUSY: RwLock<()> = RwLock::const_new(());

/// Gives a picture another width and discards it; answers how long the acknowledgement took.
async fn change(system: &System, replica: usize, photo: &str, now: u32) -> Duration {
    give_width(system, photo, now);
    let asked = Instant::now();
    let body = json!({ "mode": "discard", "url": system.origin.url(photo) });
    let answer = revalidate(system, replica, &body).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    asked.elapsed()
}

/// How wide a replica says that a picture is; none where it is too busy to say.
async fn width_if_any(system: &System, replica: usize, photo: &str) -> Option<u64> {
    let answer = Answer::get(system, replica, &width_path(system, photo)).await;
    assert!([200, 502, 503, 504].contains(&answer.status), "{answer:?}");
    answer.json()["width"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_discards_in_the_middle_of_renders_and_no_old_picture() {
    const KEYS: usize = 50;
    const ROUNDS: u32 = 20;

    let _busy = BUSY.write().await;
    let system = start(system().apis(3)).await;
    let over = AtomicBool::new(false);
    let photos: Vec<String> = (0..KEYS).map(|number| format!("{number}.png")).collect();
    for photo in &photos {
        give_width(&system, photo, 20);
    }
    let discards = futures::future::join_all(photos.iter().map(async |photo| {
        for round in 1..=ROUNDS {
            sleep(Duration::from_millis(rand::random_range(0..40))).await;
            let replica = rand::random_range(0..3);
            give_width(&system, photo, 20 + round);
            let body = json!({ "mode": "discard", "url": system.origin.url(photo) });
            // One that is refused was not done, and is asked again.
            until("it is taken", async || revalidate(&system, replica, &body).await.status == 202).await;
            let replica = rand::random_range(0..3);
            until("it is told", async || match width_if_any(&system, replica, photo).await {
                Some(now) => {
                    assert_eq!(now, u64::from(20 + round), "{photo} at {replica}");
                    true
                }
                None => false,
            })
            .await;
        }
    }));
    // Others ask all the time, so that renders are under way.
    let readers = futures::future::join_all(photos.iter().map(async |photo| {
        while !over.load(Ordering::Relaxed) {
            width_if_any(&system, rand::random_range(0..3), photo).await;
            sleep(Duration::from_millis(rand::random_range(0..20))).await;
        }
    }));
    let discards = async {
        discards.await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(discards, readers);
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_frozen_is_waited_for_as_long_as_its_lease_and_answers_nothing_old_when_it_wakes()
{
    let _timed = BUSY.read().await;
    let mut system = start(system().apis(3)).await;
    give_width(&system, "a.png", 20);
    for replica in 0..3 {
        width_in_memory(&system, replica, "a.png").await;
    }
    system.apis[2].pause();
    let took = change(&system, 0, "a.png", 21).await;
    assert!(took >= LEASE - Duration::from_millis(500), "it may have had a lease: {took:?}");
    assert!(took <= LEASE + Duration::from_secs(2), "{took:?}");
    assert_eq!(width(&system, 1, "a.png").await, 21);
    system.apis[2].resume();
    assert_eq!(width(&system, 2, "a.png").await, 21);
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_cut_off_from_redis_or_mongodb_answers_nothing_old_after_the_202() {
    let _timed = BUSY.read().await;
    let system = start(system().apis(3).proxied()).await;
    let mut now = 20;
    give_width(&system, "a.png", now);
    for cut_from in ["redis", "mongodb"] {
        for replica in 0..3 {
            width_in_memory(&system, replica, "a.png").await;
        }
        let links = system.apis[2].links();
        let link = if cut_from == "redis" { &links.redis } else { &links.mongodb };
        link.cut();
        now += 1;
        let took = change(&system, 0, "a.png", now).await;
        assert!(took <= LEASE + Duration::from_secs(2), "{cut_from}: {took:?}");
        let answer = Answer::get(&system, 2, &width_path(&system, "a.png")).await;
        // What it had may be answered, marked as stale, by one that cannot hear of discards any more.
        let may_be_old = cut_from == "mongodb" && answer.cache_status().ends_with("detail=stale");
        let is_new = answer.status == 200 && answer.json()["width"] == now;
        assert!(is_new || may_be_old || answer.status == 503, "{cut_from}: {answer:?}");
        assert_eq!(width(&system, 1, "a.png").await, u64::from(now), "{cut_from}");
        link.mend();
        until("it is new there, too", async || {
            let answer = Answer::get(&system, 2, &width_path(&system, "a.png")).await;
            answer.status == 200 && answer.json()["width"] == now
        })
        .await;
    }
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_come_and_go_meanwhile_answer_nothing_old() {
    let mut system = start(system().apis(2)).await;
    give_width(&system, "a.png", 20);
    for round in 1..=5 {
        width_in_memory(&system, 0, "a.png").await;
        system.add(Role::Api).await.expect("a replica");
        let last = system.apis.len() - 1;
        change(&system, 0, "a.png", 20 + round).await;
        assert_eq!(width(&system, last, "a.png").await, u64::from(20 + round));
        width_in_memory(&system, last, "a.png").await;
        let mut gone = system.apis.pop().expect("the last");
        if round % 2 == 0 { gone.kill() } else { gone.stop().await }
    }
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn discards_count_while_redis_is_restarted_and_flushed() {
    let _timed = BUSY.read().await;
    let system = start(system().apis(3).own_redis(Persistence::None)).await;
    give_width(&system, "a.png", 20);
    for round in 1..=4 {
        for replica in 0..3 {
            width_in_memory(&system, replica, "a.png").await;
        }
        let breaking = async {
            if round % 2 == 0 {
                system.redis().flush().await
            } else {
                system.redis().restart_without_data().await
            }
        };
        let (took, ()) = tokio::join!(change(&system, 0, "a.png", 20 + round), breaking);
        assert!(took <= LEASE + Duration::from_secs(4), "{took:?}");
        for replica in 0..3 {
            until("it is rendered again", async || {
                let answer = Answer::get(&system, replica, &width_path(&system, "a.png")).await;
                assert!(answer.status != 200 || answer.json()["width"] == 20 + round, "{answer:?}");
                answer.status == 200
            })
            .await;
        }
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_whose_process_was_killed_right_after_its_commit_counts_and_is_worked_off() {
    let _timed = BUSY.read().await;
    let mut system = start(system().apis(3).proxied()).await;
    give_width(&system, "a.png", 20);
    for replica in 0..3 {
        width_in_memory(&system, replica, "a.png").await;
    }
    give_width(&system, "a.png", 21);
    // Nothing that follows the commit comes from it.
    system.apis[0].links().redis.freeze_requests();
    let body = json!({ "mode": "discard", "url": system.origin.url("a.png") });
    let asked = system.admin(Method::POST, 0, "/api/v1/revalidate").body(body.to_string());
    let unanswered = imcaxy_shared::lifecycle::Lifecycle::spawn_child(asked.send());
    let catalog = crate::harness::catalog(&system.scope).await;
    until("it is committed", async || catalog.ledger().await.is_ok_and(|ledger| ledger.seq.get() > 0)).await;
    system.apis[0].kill();
    drop(unanswered.await);
    // Nobody was told that it is acknowledged; soon it is true all the same.
    until("it is new everywhere", async || {
        width(&system, 1, "a.png").await == 21 && width(&system, 2, "a.png").await == 21
    })
    .await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    worked_off(&system).await;
    let again = change(&system, 1, "a.png", 22).await;
    assert!(again <= LEASE + Duration::from_secs(2), "{again:?}");
    assert_eq!(width(&system, 2, "a.png").await, 22);
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discard_that_cannot_be_committed_is_refused_and_was_not_done() {
    let system = start(system().apis(2).proxied()).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 1, "a.png").await;
    let mongodb = &system.apis[0].links().mongodb;
    mongodb.cut();
    give_width(&system, "a.png", 21);
    let body = json!({ "mode": "discard", "url": system.origin.url("a.png") });
    let refused = revalidate(&system, 0, &body).await.refused(503, "unavailable");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    assert_eq!(width(&system, 1, "a.png").await, 20);
    mongodb.mend();
    until("it is taken", async || revalidate(&system, 0, &body).await.status == 202).await;
    assert_eq!(width(&system, 1, "a.png").await, 21);
    worked_off(&system).await;
    system.finish().await;
}
