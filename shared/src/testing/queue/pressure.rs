//! More than can be done, and what nobody wants any more.

use super::*;

/// How long somebody waits in vain: much longer than the steps of a test take.
const PATIENCE: Duration = Duration::from_secs(1);

async fn after_all_patience() {
    tokio::time::sleep(PATIENCE + SHORT).await;
}

pub async fn what_nobody_asks_for_any_more_is_not_begun(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &upkeep(1), 0).await;
    after_all_patience().await;
    submit(&queue, &job(301), 0).await;
    let impatient = Room { patience: PATIENCE, ..room(10) };
    let taken = take_into(&queue, &impatient).await.claims;
    let ids: Vec<JobId> = taken.into_iter().map(|claim| claim.id).collect();
    assert_eq!(ids, [job(301).id(), upkeep(1).id()], "upkeep waits as long as it takes");
    assert!(matches!(submit(&queue, &job(300), 0).await, Submitted::Queued(_)), "its key is free");
}

pub async fn who_asks_again_keeps_a_job_waiting(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    after_all_patience().await;
    submit(&queue, &job(300), 0).await;
    let tended = queue.tend(PATIENCE).await.expect("tended");
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
    let refused = put(&queue, &ask(302)).await;
    let expected = Submitted::Refused(Overload::Deep { depth: 2, wait: None });
    assert_eq!(refused, expected, "nothing has ended, so nobody knows how long it would take");
    assert!(matches!(put(&queue, &ask(300)).await, Submitted::Joined(_)), "who joins is never refused");
    assert!(matches!(submit(&queue, &upkeep(1), 0).await, Submitted::Queued(_)));
    take_one(&queue).await;
    assert!(matches!(put(&queue, &ask(302)).await, Submitted::Queued(_)), "what runs no longer waits");
}

pub async fn one_origin_that_fills_the_queue_does_not_shut_out_the_others(queue: Subject) {
    let bound = Bound { depth: 16, wait: PATIENT };
    let ask = |host: &str, number: u32| {
        let job = build::render_job(&format!("http://{host}/{number}.jpg"), 300);
        submission(&job, 0).for_requests(Waiting { replica: "a", requests: 1 }, bound)
    };
    let queued =
        async |host: &str, number| matches!(put(&queue, &ask(host, number)).await, Submitted::Queued(_));
    for number in 0..16 {
        assert!(queued("slow.test", number).await);
    }
    assert!(!queued("slow.test", 16).await);
    assert!(queued("calm.test", 0).await && queued("calm.test", 1).await);
    assert!(!queued("calm.test", 2).await, "that is more than an eighth");
    assert!(queued("other.test", 0).await && queued("fourth.test", 0).await);
    assert!(!queued("fifth.test", 0).await, "and all of them have a quarter more");
}

pub async fn what_waits_is_counted_by_priority(queue: Subject) {
    for width in [300, 301, 302] {
        submit(&queue, &job(width), 0).await;
    }
    submit(&queue, &upkeep(1), 0).await;
    submit(&queue, &Job { priority: Priority::Upkeep, ..job(303) }, 0).await;
    let depths = async || {
        let [requests, upkeep] = Priority::ALL.map(|priority| queue.depth(priority));
        (requests.await.expect("counted"), upkeep.await.expect("counted"))
    };
    assert_eq!(depths().await, (3, 2));
    submit(&queue, &job(303), 0).await;
    assert_eq!(depths().await, (4, 1), "raised by a request");
    take(&queue, 3).await;
    assert_eq!(depths().await, (1, 1), "what runs no longer waits");
    take(&queue, 3).await;
    assert_eq!(depths().await, (0, 0));
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
    let Submitted::Refused(Overload::Deep { depth: 19, wait: Some(wait) }) =
        put(&queue, &ask(320, MOMENT)).await
    else {
        panic!("refused, the rate being known")
    };
    assert!(wait >= MOMENT * 19, "{wait:?}");
    // Origins take turns: only one job goes before the first of another, which waits for much less.
    let calm = build::render_job("http://calm.test/1.jpg", 300);
    let calm = Submission { id: calm.id(), origin: calm.origin(), ..ask(321, wait / 2) };
    assert!(matches!(put(&queue, &calm).await, Submitted::Queued(_)));
    assert!(matches!(put(&queue, &ask(320, wait * 100)).await, Submitted::Queued(_)));
}

async fn assert_empty_but_running(queue: &Subject, running: usize) {
    let live = queue.live(None, 10).await.expect("listed");
    assert_eq!(live.len(), running);
    assert!(live.iter().all(|job| job.state == LiveState::Running));
}
