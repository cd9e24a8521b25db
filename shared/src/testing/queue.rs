//! What every queue must do. Each function takes a queue of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::build;
use crate::entry::Seq;
use crate::jobs::{Failure, FailureCode, Housekeeping, Job, JobId, JobKind, Priority, Token, WorkerId};
use crate::ports::{Claim, Ended, Finished, JobQueue, LiveState, Submitted, Waiting};
use crate::time::Timestamp;

type Subject = Arc<dyn JobQueue>;

/// Longer than any wake-up takes, shorter than a worker's own look at the queue.
const SOON: Duration = Duration::from_millis(1500);

fn job(width: u32) -> Job {
    build::render_job("http://a.test/1.jpg", width)
}

fn upkeep(tick: i64) -> Job {
    let kind = JobKind::Housekeeping(Housekeeping { tick: Timestamp::from_millis(tick) });
    Job { kind, priority: Priority::Upkeep }
}

fn token() -> Token {
    Token::new(rand::random())
}

fn worker() -> WorkerId {
    WorkerId::new(rand::random())
}

async fn submit(queue: &Subject, job: &Job, want: i64) -> Submitted {
    queue.submit(job, Seq::new(want), token(), None).await.expect("submitted")
}

async fn take(queue: &Subject, max: usize) -> Vec<Claim> {
    queue.take(&worker(), max).await.expect("taken")
}

async fn take_one(queue: &Subject) -> Claim {
    let mut claims = take(queue, 1).await;
    claims.pop().expect("a job waits")
}

async fn finish(queue: &Subject, claim: &Claim, stamp: i64, ended: Ended) -> Finished {
    queue.finish(claim, Seq::new(stamp), &ended).await.expect("finished")
}

fn gone() -> Ended {
    Ended::Failed(Failure::new(FailureCode::SourceGone, "gone"))
}

async fn assert_empty(queue: &Subject) {
    assert!(queue.live(None, 10).await.expect("listed").is_empty());
    assert!(take(queue, 10).await.is_empty());
}

pub async fn a_second_submission_joins_the_first(queue: Subject) {
    let Submitted::Queued(first) = submit(&queue, &job(300), 0).await else { panic!("the first is queued") };
    assert_eq!(submit(&queue, &job(300), 0).await, Submitted::Joined(first.clone()));
    let claim = take_one(&queue).await;
    assert_eq!(submit(&queue, &job(300), 0).await, Submitted::Joined(first), "also while it runs");
    assert!(matches!(submit(&queue, &job(301), 0).await, Submitted::Queued(_)), "another job is another");
    assert_eq!(claim.id, job(300).id());
}

pub async fn of_many_submitters_at_once_one_queues(queue: Subject) {
    let job = job(300);
    let submitted = join_all((0..64).map(|_| submit(&queue, &job, 0))).await;
    let queued: Vec<_> = submitted.iter().filter(|one| matches!(one, Submitted::Queued(_))).collect();
    assert_eq!(queued.len(), 1);
    assert!(submitted.iter().all(|one| one.token() == queued[0].token()));
    assert_eq!(take(&queue, 64).await.len(), 1);
}

pub async fn a_job_is_taken_once_and_counted(queue: Subject) {
    for width in 300..320 {
        submit(&queue, &job(width), 0).await;
    }
    let taken = join_all((0..8).map(|_| take(&queue, 5))).await;
    let mut ids: Vec<JobId> = taken.iter().flatten().map(|claim| claim.id.clone()).collect();
    assert!(taken.iter().flatten().all(|claim| claim.attempt == 1));
    assert!(taken.iter().all(|claims| claims.len() <= 5));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

pub async fn requests_are_taken_before_upkeep(queue: Subject) {
    submit(&queue, &upkeep(1), 0).await;
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    let order: Vec<JobId> = take(&queue, 10).await.into_iter().map(|claim| claim.id).collect();
    assert_eq!(order, [job(300).id(), job(301).id(), upkeep(1).id()], "and the first before the second");
}

pub async fn joining_raises_the_priority_and_the_job_is_taken_once(queue: Subject) {
    let low = |width| Job { priority: Priority::Upkeep, ..job(width) };
    submit(&queue, &low(300), 0).await;
    submit(&queue, &low(301), 0).await;
    submit(&queue, &job(301), 0).await;
    submit(&queue, &low(301), 0).await;
    let order: Vec<JobId> = take(&queue, 10).await.into_iter().map(|claim| claim.id).collect();
    assert_eq!(order, [job(301).id(), job(300).id()]);
    assert!(take(&queue, 10).await.is_empty());
}

pub async fn joining_raises_what_is_wanted(queue: Subject) {
    submit(&queue, &job(300), 5).await;
    submit(&queue, &job(300), 7).await;
    submit(&queue, &job(300), 6).await;
    assert_eq!(take_one(&queue).await.want, Seq::new(7));
}

pub async fn a_finished_job_is_gone_and_its_key_free(queue: Subject) {
    let first = submit(&queue, &job(300), 0).await;
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Released);
    assert_empty(&queue).await;
    let second = submit(&queue, &job(300), 0).await;
    assert!(matches!(second, Submitted::Queued(_)));
    assert_ne!(first.token(), second.token());
    assert_eq!(queue.ended(first.token()).await.expect("an answer"), None, "a success leaves nothing behind");
}

pub async fn a_failure_can_be_read_by_its_own_token_only(queue: Subject) {
    let failed = submit(&queue, &job(300), 0).await;
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &claim, 0, gone()).await, Finished::Released);
    assert_eq!(queue.ended(failed.token()).await.expect("an answer"), Some(gone()));
    let next = submit(&queue, &job(300), 0).await;
    assert!(matches!(next, Submitted::Queued(_)), "a failure does not hold the key");
    assert_eq!(queue.ended(next.token()).await.expect("an answer"), None);
}

pub async fn a_result_older_than_what_is_wanted_lets_the_job_wait_again(queue: Subject) {
    submit(&queue, &job(300), 5).await;
    let claim = take_one(&queue).await;
    submit(&queue, &job(300), 8).await;
    for ended in [Ended::Done, gone()] {
        let claim = if ended == Ended::Done { claim.clone() } else { take_one(&queue).await };
        assert_eq!(finish(&queue, &claim, 7, ended).await, Finished::Requeued);
    }
    let again = take_one(&queue).await;
    assert_eq!((again.want, again.attempt, &again.token), (Seq::new(8), 3, &claim.token));
    assert_eq!(finish(&queue, &again, 8, Ended::Done).await, Finished::Released);
    assert_empty(&queue).await;
}

pub async fn a_job_waits_again_twice_at_most(queue: Subject) {
    submit(&queue, &job(300), 5).await;
    for expected in [Finished::Requeued, Finished::Requeued, Finished::Released] {
        let claim = take_one(&queue).await;
        assert_eq!(finish(&queue, &claim, 4, Ended::Done).await, expected);
    }
    assert_empty(&queue).await;
}

pub async fn a_claim_that_is_not_held_changes_nothing(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    let first = take_one(&queue).await;
    assert_eq!(finish(&queue, &first, 0, Ended::Done).await, Finished::Released);
    let second = submit(&queue, &job(300), 0).await;
    assert_eq!(finish(&queue, &first, 0, gone()).await, Finished::Lost, "another life waits");
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &first, 0, gone()).await, Finished::Lost, "another life runs");
    assert_eq!(queue.ended(second.token()).await.expect("an answer"), None);
    assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Released);
    assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Lost, "it has ended");
}

pub async fn a_held_claim_is_renewed_and_a_lost_one_is_not(queue: Subject) {
    for width in [300, 301, 302] {
        submit(&queue, &job(width), 0).await;
    }
    let claims = take(&queue, 2).await;
    let [held, ended] = &claims[..] else { panic!("two are taken") };
    finish(&queue, ended, 0, Ended::Done).await;
    let waiting = (job(302).id(), token());
    let asked = [(held.id.clone(), held.token.clone()), (ended.id.clone(), ended.token.clone()), waiting];
    assert_eq!(queue.renew(&asked).await.expect("renewed"), [true, false, false]);
    assert!(queue.renew(&[]).await.expect("renewed").is_empty());
}

pub async fn living_jobs_are_listed_page_by_page(queue: Subject) {
    let mut expected: Vec<JobId> = Vec::new();
    for width in 300..305 {
        submit(&queue, &job(width), 0).await;
        expected.push(job(width).id());
    }
    expected.sort();
    let runner = worker();
    let claims = queue.take(&runner, 2).await.expect("taken");
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = queue.live(after.as_ref(), 2).await.expect("listed");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        listed.extend(page);
    }
    assert_eq!(listed.iter().map(|job| job.id.clone()).collect::<Vec<_>>(), expected);
    for job in &listed {
        let runs = claims.iter().any(|claim| claim.id == job.id);
        assert_eq!(job.state, if runs { LiveState::Running } else { LiveState::Waiting });
        assert_eq!(job.worker, runs.then(|| runner.clone()));
        assert_eq!(job.attempt, u32::from(runs));
        assert_eq!(job.priority, Priority::Request);
        assert!(JobKind::read(&job.payload).is_ok());
        assert!(job.since.as_millis() > 1_700_000_000_000, "{:?}", job.since);
    }
}

pub async fn those_who_wait_are_counted_over_all_replicas(queue: Subject) {
    for (replica, requests) in [("a", 3), ("b", 4), ("a", 5)] {
        let waiting = Some(Waiting { replica, requests });
        queue.submit(&job(300), Seq::ZERO, token(), waiting).await.expect("submitted");
    }
    submit(&queue, &job(300), 0).await;
    let live = queue.live(None, 10).await.expect("listed");
    assert_eq!(live.iter().map(|job| job.waiting).collect::<Vec<_>>(), [9]);
}

pub async fn a_submission_wakes_a_worker(queue: Subject) {
    for width in 300..310 {
        let wakened = async { timeout(SOON, queue.wakened()).await.expect("in time").expect("wakened") };
        let job = job(width);
        tokio::join!(wakened, submit(&queue, &job, 0));
        assert_eq!(take(&queue, 10).await.len(), 1);
    }
}

pub async fn a_job_left_in_the_queue_wakes_the_next_worker(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    for _ in 0..2 {
        timeout(SOON, queue.wakened()).await.expect("in time").expect("wakened");
        take_one(&queue).await;
    }
}

/// Two workers finish one key again and again while another task submits it: each submission is answered by a job that
/// ended after it.
pub async fn submissions_racing_finishes_lose_no_job(queue: Subject) {
    const ROUNDS: usize = 500;
    let submitting = async {
        for _ in 0..ROUNDS {
            let submitted = submit(&queue, &job(300), 0).await;
            let alive = async {
                while queue.live(None, 1).await.expect("listed").len() == 1 {
                    tokio::task::yield_now().await;
                }
            };
            timeout(SOON, alive).await.unwrap_or_else(|_| panic!("{submitted:?} never ended"));
        }
    };
    let working = async {
        loop {
            for claim in take(&queue, 1).await {
                assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Released);
            }
        }
    };
    tokio::select! {
        () = submitting => {}
        () = working => {}
        () = async { loop { for claim in take(&queue, 1).await { finish(&queue, &claim, 0, Ended::Done).await; } } } => {}
    }
    for claim in take(&queue, 1).await {
        finish(&queue, &claim, 0, Ended::Done).await;
    }
}
