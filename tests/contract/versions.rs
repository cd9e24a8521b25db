//! Programs of two versions on one queue: what the newer one has written waits for who can read it.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::backends::redis::{Redis, RedisQueue};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{JobId, PAYLOAD_VERSION, Payload, Priority, WorkerId};
use imcaxy_shared::ports::{Claim, Ending, Finished, JobQueue as _, Submission, Submitted, Wake};
use imcaxy_shared::testing::build;
use tokio::time::timeout;

const NEXT: u32 = PAYLOAD_VERSION + 1;

/// The queue as this program sees it, and as the next version of it does, which reads both.
async fn both() -> (RedisQueue, Arc<RedisQueue>) {
    let redis: Redis = crate::redis::alone().await;
    (redis.queue(), Arc::new(redis.queue().reading(&[NEXT, PAYLOAD_VERSION])))
}

fn submission(number: usize, version: u32, priority: Priority) -> Submission<'static> {
    Submission {
        id: JobId::from_queue(format!("render/{number}")),
        priority,
        payload: Payload { version, text: format!("{{\"v\":{version},\"kind\":\"dream\"}}") },
        ..build::unreadable(number)
    }
}

async fn take(queue: &RedisQueue) -> Vec<Claim> {
    queue.take(&WorkerId::new(rand::random()), &build::room(10)).await.expect("taken").claims
}

fn ids(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.id.as_str()).collect()
}

#[tokio::test]
async fn a_payload_from_the_future_waits_for_a_worker_that_can_read_it() {
    let (this, next) = both().await;
    next.submit(&submission(1, NEXT, Priority::Request)).await.expect("submitted");
    this.submit(&submission(2, PAYLOAD_VERSION, Priority::Request)).await.expect("submitted");
    assert_eq!(ids(&take(&this).await), ["render/2"]);
    assert!(take(&this).await.is_empty());
    let would_give =
        [this.would_give(3, &[]).await.expect("told"), next.would_give(3, &[]).await.expect("told")];
    assert_eq!(would_give, [false, true], "upkeep gives way only to what can be read here");
    let claims = take(&next).await;
    assert_eq!(ids(&claims), ["render/1"]);
    let finished = next.finish(&claims[0], &Ending::done(Seq::ZERO)).await.expect("finished");
    assert_eq!(finished, Finished::Released);
}

#[tokio::test]
async fn a_job_that_an_older_program_joins_is_one_that_older_workers_can_do() {
    let (this, next) = both().await;
    for number in 1..=3 {
        next.submit(&submission(number, NEXT, Priority::Request)).await.expect("submitted");
    }
    for number in [1, 3] {
        let joined =
            this.submit(&submission(number, PAYLOAD_VERSION, Priority::Request)).await.expect("submitted");
        assert!(matches!(joined, Submitted::Joined(_)));
    }
    // Whoever takes it first leaves nothing behind for the others.
    assert_eq!(this.depth(Priority::Request).await.expect("counted"), 3);
    let claims = take(&this).await;
    assert_eq!(ids(&claims), ["render/1", "render/3"]);
    assert!(
        claims
            .iter()
            .all(|claim| claim.payload == submission(1, PAYLOAD_VERSION, Priority::Request).payload.text)
    );
    assert_eq!(ids(&take(&next).await), ["render/2"]);
    assert_eq!(next.depth(Priority::Request).await.expect("counted"), 0);
}

#[tokio::test]
async fn a_job_of_an_older_program_stays_so_when_a_newer_one_joins_it() {
    let (this, next) = both().await;
    this.submit(&submission(1, PAYLOAD_VERSION, Priority::Upkeep)).await.expect("submitted");
    next.submit(&submission(1, NEXT, Priority::Request)).await.expect("submitted");
    assert_eq!(ids(&take(&this).await), ["render/1"]);
    assert!(take(&next).await.is_empty());
}

#[tokio::test]
async fn what_runs_when_an_older_program_joins_can_be_done_by_older_workers_when_it_is_lost() {
    let (this, next) = both().await;
    next.submit(&submission(1, NEXT, Priority::Request)).await.expect("submitted");
    take(&next).await;
    this.submit(&submission(1, PAYLOAD_VERSION, Priority::Request)).await.expect("submitted");
    let seen = this.tend(Duration::from_secs(3600)).await.expect("tended").claims;
    this.reap(&WorkerId::new(7), &seen[0]).await.expect("reaped");
    assert_eq!(ids(&take(&this).await), ["render/1"]);
}

#[tokio::test]
async fn a_worker_that_reads_two_versions_is_wakened_for_both() {
    let (this, next) = both().await;
    for (number, version) in [(1, PAYLOAD_VERSION), (2, NEXT)] {
        let waked = async {
            timeout(Duration::from_millis(1500), next.wakened()).await.expect("in time").expect("wakened")
        };
        let submission = submission(number, version, Priority::Request);
        let submitted = async { this.submit(&submission).await.expect("submitted") };
        assert_eq!(tokio::join!(waked, submitted).0, Wake::Rang);
        assert_eq!(take(&next).await.len(), 1);
    }
}
