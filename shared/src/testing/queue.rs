//! What every queue must do. Each function takes a queue of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::build;
use crate::entry::Seq;
use crate::jobs::{Failure, FailureCode, Housekeeping, Job, JobId, JobKind, Priority, Token, WorkerId};
use crate::ports::{
    Bound, Claim, Ended, Ending, Finished, JobQueue, LiveState, MOST_LOSSES, Overload, Reaped, Room,
    Sighting, Submission, Submitted, Taken, Waiting,
};
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

/// So long that nothing is dropped for want of somebody who asks for it.
const PATIENT: Duration = Duration::from_secs(3600);

fn submission(job: &Job, want: i64) -> Submission<'static> {
    Submission::of(job, Seq::new(want), token()).expect("written")
}

async fn put(queue: &Subject, submission: &Submission<'_>) -> Submitted {
    queue.submit(submission).await.expect("submitted")
}

async fn submit(queue: &Subject, job: &Job, want: i64) -> Submitted {
    put(queue, &submission(job, want)).await
}

fn room(slots: usize) -> Room<'static> {
    Room { slots, share: usize::MAX, busy: &[], patience: PATIENT, pass_on: true }
}

async fn take_into(queue: &Subject, room: &Room<'_>) -> Taken {
    queue.take(&worker(), room).await.expect("taken")
}

async fn take(queue: &Subject, max: usize) -> Vec<Claim> {
    take_into(queue, &room(max)).await.claims
}

async fn take_one(queue: &Subject) -> Claim {
    let mut claims = take(queue, 1).await;
    claims.pop().expect("a job waits")
}

async fn finish(queue: &Subject, claim: &Claim, stamp: i64, ended: Ended) -> Finished {
    queue.finish(claim, &ending(stamp, ended)).await.expect("finished")
}

fn ending(stamp: i64, ended: Ended) -> Ending {
    Ending { ended, stamp: Seq::new(stamp), sources: vec![build::source_ref("http://a.test/1.jpg")] }
}

fn life(submitted: &Submitted) -> &Token {
    submitted.token().expect("not refused")
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
    assert_eq!(queue.ended(life(&first)).await.expect("an answer"), None, "a success leaves nothing behind");
}

pub async fn a_failure_can_be_read_by_its_own_token_only(queue: Subject) {
    let failed = submit(&queue, &job(300), 0).await;
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &claim, 0, gone()).await, Finished::Released);
    assert_eq!(queue.ended(life(&failed)).await.expect("an answer"), Some(ending(0, gone())));
    let next = submit(&queue, &job(300), 0).await;
    assert!(matches!(next, Submitted::Queued(_)), "a failure does not hold the key");
    assert_eq!(queue.ended(life(&next)).await.expect("an answer"), None);
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
    assert_eq!(queue.ended(life(&second)).await.expect("an answer"), None);
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
    let waiting = Claim { id: job(302).id(), ..held.clone() };
    let another_attempt = Claim { attempt: 2, ..held.clone() };
    let asked = [held, ended, &waiting, &another_attempt];
    assert_eq!(queue.renew(&asked).await.expect("renewed"), [true, false, false, false]);
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
    let claims = queue.take(&runner, &room(2)).await.expect("taken").claims;
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
        put(&queue, &Submission { waiting, ..submission(&job(300), 0) }).await;
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

pub async fn origins_are_served_in_turn(queue: Subject) {
    for number in 0..6 {
        submit(&queue, &of_origin("busy.test", number), 0).await;
    }
    submit(&queue, &of_origin("calm.test", 0), 0).await;
    let claims = take(&queue, 4).await;
    let order = origins(&claims);
    assert_eq!(order, ["busy.test:80", "calm.test:80", "busy.test:80", "busy.test:80"]);
}

pub async fn an_origin_that_has_its_share_of_a_worker_is_passed_over(queue: Subject) {
    for number in 0..6 {
        submit(&queue, &of_origin("busy.test", number), 0).await;
    }
    submit(&queue, &of_origin("calm.test", 0), 0).await;
    submit(&queue, &upkeep(1), 0).await;
    let busy = [("busy.test:80".to_owned(), 1)];
    let shared = Room { share: 2, busy: &busy, ..room(8) };
    let taken = take_into(&queue, &shared).await;
    assert_eq!(origins(&taken.claims), ["busy.test:80", "calm.test:80", ""]);
    assert!(taken.held_back, "more of the busy one waits");
    let other = take_into(&queue, &room(8)).await;
    assert_eq!((other.claims.len(), other.held_back), (5, false), "another worker has room for it");
}

pub async fn a_worker_that_may_not_take_what_waits_wakes_another(queue: Subject) {
    let busy = [("busy.test:80".to_owned(), 1)];
    let full = Room { share: 1, busy: &busy, ..room(4) };
    submit(&queue, &of_origin("busy.test", 0), 0).await;
    wakened(&queue).await;
    assert_eq!(take_into(&queue, &full).await, Taken { claims: vec![], held_back: true });
    wakened(&queue).await;
    // What it passed on came back to it: nobody else listens, and it is quiet.
    assert!(take_into(&queue, &Room { pass_on: false, ..full }).await.held_back);
    assert!(timeout(SHORT, queue.wakened()).await.is_err(), "the bell is quiet");
}

pub async fn a_worker_without_a_free_slot_passes_the_bell_on(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    wakened(&queue).await;
    assert!(take(&queue, 0).await.is_empty());
    wakened(&queue).await;
    assert_eq!(take(&queue, 1).await.len(), 1);
}

pub async fn what_nobody_asks_for_any_more_is_not_begun(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &upkeep(1), 0).await;
    after_a_moment().await;
    submit(&queue, &job(301), 0).await;
    let impatient = Room { patience: MOMENT, ..room(10) };
    let taken = take_into(&queue, &impatient).await.claims;
    let ids: Vec<JobId> = taken.into_iter().map(|claim| claim.id).collect();
    assert_eq!(ids, [job(301).id(), upkeep(1).id()], "upkeep waits as long as it takes");
    assert!(matches!(submit(&queue, &job(300), 0).await, Submitted::Queued(_)), "its key is free");
}

pub async fn who_asks_again_keeps_a_job_waiting(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    after_a_moment().await;
    submit(&queue, &job(300), 0).await;
    let tended = queue.tend(MOMENT).await.expect("tended");
    assert_eq!((tended.dropped, tended.claims), (1, vec![]));
    assert_eq!(take_one(&queue).await.id, job(300).id());
    assert_empty_but_running(&queue, 1).await;
}

pub async fn a_job_that_runs_is_never_dropped(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    let claim = take_one(&queue).await;
    after_a_moment().await;
    assert_eq!(queue.tend(Duration::ZERO).await.expect("tended").dropped, 0);
    assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Released);
}

pub async fn a_full_queue_refuses_new_jobs_of_requests_and_no_others(queue: Subject) {
    let bound = Bound { depth: 2, wait: PATIENT };
    let ask = |width| submission(&job(width), 0).for_requests(Waiting { replica: "a", requests: 1 }, bound);
    for width in [300, 301] {
        assert!(matches!(put(&queue, &ask(width)).await, Submitted::Queued(_)));
    }
    let Submitted::Refused(Overload { depth, wait }) = put(&queue, &ask(302)).await else {
        panic!("refused")
    };
    assert_eq!((depth, wait), (Some(2), None), "nothing has ended, so nobody knows how long it would take");
    assert!(matches!(put(&queue, &ask(300)).await, Submitted::Joined(_)), "who joins is never refused");
    assert!(matches!(submit(&queue, &upkeep(1), 0).await, Submitted::Queued(_)));
    take_one(&queue).await;
    assert!(matches!(put(&queue, &ask(302)).await, Submitted::Queued(_)), "what runs no longer waits");
}

pub async fn a_new_job_is_refused_that_would_wait_too_long(queue: Subject) {
    let ask = |width, wait| {
        let bound = Bound { depth: 1000, wait };
        submission(&job(width), 0).for_requests(Waiting { replica: "a", requests: 1 }, bound)
    };
    for width in 300..320 {
        put(&queue, &ask(width, Duration::ZERO)).await;
    }
    let claim = take_one(&queue).await;
    after_a_moment().await;
    finish(&queue, &claim, 0, Ended::Done).await;
    // One job ended in somewhat more than a moment, and 19 wait.
    let Submitted::Refused(Overload { depth, wait }) = put(&queue, &ask(320, MOMENT)).await else {
        panic!("refused")
    };
    let wait = wait.expect("the rate is known");
    assert_eq!(depth, Some(19));
    assert!(wait >= MOMENT * 19, "{wait:?}");
    assert!(matches!(put(&queue, &ask(320, wait * 100)).await, Submitted::Queued(_)));
}

pub async fn a_postponed_job_waits_until_it_is_due(queue: Subject) {
    submit(&queue, &upkeep(1), 0).await;
    let claim = take_one(&queue).await;
    assert!(queue.postpone(&claim, MOMENT).await.expect("postponed"));
    assert!(!queue.postpone(&claim, MOMENT).await.expect("an answer"), "the claim is gone");
    assert_eq!(queue.live(None, 10).await.expect("listed")[0].state, LiveState::Delayed);
    assert!(matches!(submit(&queue, &upkeep(1), 0).await, Submitted::Joined(_)), "it holds its id");
    after_a_moment().await;
    queue.tend(PATIENT).await.expect("tended");
    let again = take_one(&queue).await;
    assert_eq!((again.attempt, &again.token), (2, &claim.token));
    finish(&queue, &again, 0, Ended::Done).await;
    assert_empty(&queue).await;
}

pub async fn a_delayed_job_that_a_request_joins_waits_at_once(queue: Subject) {
    let low = Job { priority: Priority::Upkeep, ..job(300) };
    submit(&queue, &low, 0).await;
    let claim = take_one(&queue).await;
    assert!(queue.postpone(&claim, PATIENT).await.expect("postponed"));
    assert!(take(&queue, 1).await.is_empty(), "it is not due");
    submit(&queue, &job(300), 0).await;
    let again = take_one(&queue).await;
    assert_eq!(again.id, claim.id);
    // A request waits for it: there is no later for it now.
    assert!(queue.postpone(&again, PATIENT).await.expect("postponed"));
    assert_eq!(take_one(&queue).await.attempt, 3);
}

pub async fn a_claim_is_reaped_as_it_was_seen_or_not_at_all(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    let claim = take_one(&queue).await;
    let before = sighting(&queue, &claim.id).await;
    assert_eq!((&before.token, before.attempt, before.renewals), (&claim.token, 1, 0));
    assert_eq!(queue.renew(&[&claim]).await.expect("renewed"), [true]);
    assert_eq!(reap(&queue, &before).await, Reaped::Gone, "it gave a sign of life");
    let seen = sighting(&queue, &claim.id).await;
    assert_eq!(reap(&queue, &seen).await, Reaped::Requeued(1));
    assert_eq!(reap(&queue, &seen).await, Reaped::Gone, "another reaper was first");
    let next = take_one(&queue).await;
    assert_eq!((&next.id, &next.token, next.attempt), (&claim.id, &claim.token, 2), "before all others");
    assert_eq!(queue.renew(&[&claim]).await.expect("an answer"), [false], "the frozen one has lost it");
    assert_eq!(finish(&queue, &claim, 0, gone()).await, Finished::Lost);
    assert!(!queue.postpone(&claim, MOMENT).await.expect("an answer"));
    assert_eq!(finish(&queue, &next, 0, Ended::Done).await, Finished::Released);
    assert_eq!(reap(&queue, &seen).await, Reaped::Gone);
}

pub async fn a_job_whose_claim_is_lost_too_often_is_given_to_who_reaps_it(queue: Subject) {
    let submitted = submit(&queue, &job(300), 0).await;
    for loss in 1..MOST_LOSSES {
        let claim = take_one(&queue).await;
        let seen = sighting(&queue, &claim.id).await;
        assert_eq!(reap(&queue, &seen).await, Reaped::Requeued(loss));
    }
    let claim = take_one(&queue).await;
    let seen = sighting(&queue, &claim.id).await;
    let Reaped::Condemned(condemned) = reap(&queue, &seen).await else { panic!("it was lost three times") };
    assert_eq!(condemned.attempt, claim.attempt + 1);
    // Whoever has it may die as well: it is reaped again, and stays condemned.
    let seen = sighting(&queue, &claim.id).await;
    let Reaped::Condemned(condemned) = reap(&queue, &seen).await else { panic!("it stays condemned") };
    assert_eq!(finish(&queue, &condemned, 0, gone()).await, Finished::Released);
    assert_eq!(queue.ended(life(&submitted)).await.expect("an answer"), Some(ending(0, gone())));
    assert_empty(&queue).await;
}

pub async fn a_job_that_waits_again_goes_before_those_that_came_later(queue: Subject) {
    for width in [300, 301] {
        submit(&queue, &job(width), 5).await;
    }
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &claim, 4, Ended::Done).await, Finished::Requeued);
    assert_eq!(take_one(&queue).await.id, claim.id);
}

/// What a test lets pass to tell before from after.
const MOMENT: Duration = Duration::from_millis(30);
/// Long enough to see that nothing comes.
const SHORT: Duration = Duration::from_millis(200);

/// Lets more than a [`MOMENT`] pass by every clock.
async fn after_a_moment() {
    tokio::time::sleep(MOMENT * 2).await;
}

async fn wakened(queue: &Subject) {
    timeout(SOON, queue.wakened()).await.expect("in time").expect("wakened");
}

fn of_origin(host: &str, number: u32) -> Job {
    build::render_job(&format!("http://{host}/{number}.jpg"), 300)
}

fn origins(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.origin.as_str()).collect()
}

async fn sighting(queue: &Subject, id: &JobId) -> Sighting {
    let tended = queue.tend(PATIENT).await.expect("tended");
    tended.claims.into_iter().find(|seen| seen.id == *id).expect("it is claimed")
}

async fn reap(queue: &Subject, seen: &Sighting) -> Reaped {
    queue.reap(&worker(), seen).await.expect("reaped")
}

async fn assert_empty_but_running(queue: &Subject, running: usize) {
    let live = queue.live(None, 10).await.expect("listed");
    assert_eq!(live.len(), running);
    assert!(live.iter().all(|job| job.state == LiveState::Running));
}
