//! Who is taken next, and who is wakened for it.

use super::*;

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

pub async fn a_submission_wakes_a_worker(queue: Subject) {
    for width in 300..310 {
        let job = job(width);
        let (heard, _) = tokio::join!(wakened(&queue), submit(&queue, &job, 0));
        assert_eq!(heard, Wake::Rang);
        assert_eq!(take(&queue, 10).await.len(), 1);
    }
}

pub async fn a_job_left_in_the_queue_wakes_the_next_worker(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    submit(&queue, &job(301), 0).await;
    for _ in 0..2 {
        wakened(&queue).await;
        take_one(&queue).await;
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

pub async fn upkeep_leaves_room_for_requests(queue: Subject) {
    for tick in 0..4 {
        submit(&queue, &upkeep(tick), 0).await;
    }
    let taken = take_into(&queue, &Room { share: 3, ..room(4) }).await;
    assert_eq!((taken.claims.len(), taken.held_back), (3, true));
    take_into(&queue, &room(1)).await;
}

pub async fn a_slot_more_is_of_use_only_for_a_request_whose_origin_has_not_its_share(queue: Subject) {
    let would_give = async |share, busy: &[(&str, usize)]| {
        let busy: Vec<_> = busy.iter().map(|(list, jobs)| ((*list).to_owned(), *jobs)).collect();
        queue.would_give(share, &busy).await.expect("told")
    };
    submit(&queue, &upkeep(1), 0).await;
    assert!(!would_give(3, &[]).await, "upkeep is no request");
    submit(&queue, &of_origin("busy.test", 0), 0).await;
    assert!(would_give(3, &[]).await && would_give(3, &[("busy.test:80", 2), ("", 2)]).await);
    assert!(!would_give(3, &[("", 1), ("busy.test:80", 3)]).await);
    submit(&queue, &of_origin("calm.test", 0), 0).await;
    assert!(would_give(3, &[("busy.test:80", 3)]).await);
    assert!(!would_give(3, &[("busy.test:80", 3), ("calm.test:80", 3)]).await);
    assert_eq!(take(&queue, 3).await.len(), 3);
    assert!(!would_give(3, &[]).await, "nothing waits");
}

pub async fn of_those_that_may_be_lost_only_once_more_few_run_at_a_time(queue: Subject) {
    let widths = 300..303;
    for width in widths.clone() {
        submit(&queue, &job(width), 0).await;
    }
    for _ in 2..=MOST_LOSSES {
        let claims = take(&queue, 10).await;
        assert_eq!(claims.len(), widths.len(), "until then they are taken as others are");
        lose_all(&queue).await;
    }
    let taken = take_into(&queue, &Room { share: 3, ..room(10) }).await;
    let [suspect] = &taken.claims[..] else { panic!("one alone, not {:?}", taken.claims) };
    assert!(taken.held_back);
    submit(&queue, &job(310), 0).await;
    let busy = [(suspect.list().to_owned(), 1)];
    let beside = take_into(&queue, &Room { share: 3, busy: &busy, ..room(10) }).await.claims;
    assert_eq!(beside.iter().map(|claim| &claim.id).collect::<Vec<_>>(), [&job(310).id()]);
    // What kills its worker now is given up alone.
    let seen = queue.tend(PATIENT).await.expect("tended").claims;
    let mut given_up = Vec::new();
    for seen in seen {
        if let Reaped::Condemned(claim) = queue.reap(&worker(), &seen).await.expect("reaped") {
            given_up.push(claim);
        }
    }
    assert_eq!(given_up.iter().map(|claim| &claim.id).collect::<Vec<_>>(), [&suspect.id]);
}

async fn lose_all(queue: &Subject) {
    for seen in queue.tend(PATIENT).await.expect("tended").claims {
        let reaped = queue.reap(&worker(), &seen).await.expect("reaped");
        assert!(matches!(reaped, Reaped::Requeued(_)), "{reaped:?}");
    }
}

pub async fn a_worker_that_may_not_take_what_waits_wakes_another(queue: Subject) {
    let busy = [("busy.test:80".to_owned(), 1)];
    let full = Room { share: 1, busy: &busy, ..room(4) };
    submit(&queue, &of_origin("busy.test", 0), 0).await;
    assert_eq!(wakened(&queue).await, Wake::Rang);
    assert_eq!(take_into(&queue, &full).await, Taken { claims: vec![], held_back: true });
    assert_eq!(wakened(&queue).await, Wake::PassedOn);
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

pub async fn a_job_that_waits_again_goes_before_those_that_came_later(queue: Subject) {
    for width in [300, 301] {
        submit(&queue, &job(width), 5).await;
    }
    let claim = take_one(&queue).await;
    assert_eq!(finish(&queue, &claim, 4, Ended::Done).await, Finished::Requeued);
    assert_eq!(take_one(&queue).await.id, claim.id);
}

fn of_origin(host: &str, number: u32) -> Job {
    build::render_job(&format!("http://{host}/{number}.jpg"), 300)
}

fn origins(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.origin.as_str()).collect()
}
