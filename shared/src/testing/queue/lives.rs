//! How lives begin and end.

use super::*;

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
    let working = async || {
        loop {
            for claim in take(&queue, 1).await {
                assert_eq!(finish(&queue, &claim, 0, Ended::Done).await, Finished::Released);
            }
        }
    };
    tokio::select! {
        () = submitting => {}
        () = working() => {}
        () = working() => {}
    }
    for claim in take(&queue, 1).await {
        finish(&queue, &claim, 0, Ended::Done).await;
    }
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
