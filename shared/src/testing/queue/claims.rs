//! Claims that are kept, lost and taken away.

use super::*;

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
    assert_eq!(finish(&queue, &next, 0, Ended::Done).await, Finished::Released);
    assert_eq!(reap(&queue, &seen).await, Reaped::Gone);
}

pub async fn who_lost_a_claim_changes_nothing_for_who_has_it_now(queue: Subject) {
    submit(&queue, &job(300), 0).await;
    let claim = take_one(&queue).await;
    let seen = sighting(&queue, &claim.id).await;
    assert_eq!(reap(&queue, &seen).await, Reaped::Requeued(1));
    let next = take_one(&queue).await;
    assert_eq!(queue.renew(&[&claim]).await.expect("an answer"), [false]);
    assert_eq!(finish(&queue, &claim, 0, gone()).await, Finished::Lost);
    assert!(!queue.postpone(&claim, MOMENT).await.expect("an answer"));
    assert_eq!(finish(&queue, &next, 0, Ended::Done).await, Finished::Released);
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

async fn sighting(queue: &Subject, id: &JobId) -> Sighting {
    let tended = queue.tend(PATIENT).await.expect("tended");
    tended.claims.into_iter().find(|seen| seen.id == *id).expect("it is claimed")
}

async fn reap(queue: &Subject, seen: &Sighting) -> Reaped {
    queue.reap(&worker(), seen).await.expect("reaped")
}
