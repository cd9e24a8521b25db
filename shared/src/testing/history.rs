//! What every history of jobs must do. Each function takes a history of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::build;
use crate::entry::{Failure, FailureCode, ObjectName};
use crate::jobs::{Delete, Housekeeping, Job, JobKind, Priority, WorkerId};
use crate::ports::{End, EndedJob, EndedState, JobHistory, Search};
use crate::time::Timestamp;

type Subject = Arc<dyn JobHistory>;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn failure(code: FailureCode) -> Failure {
    Failure::new(code, "it did not work")
}

async fn record(history: &Subject, ended: &[EndedJob]) {
    history.record(ended).await.expect("recorded");
}

async fn search(history: &Subject, search: Search) -> Vec<EndedJob> {
    history.search(&search).await.expect("found")
}

fn all() -> Search {
    Search { limit: 1_000, ..Search::default() }
}

pub async fn what_was_recorded_is_found_whole(history: Subject) {
    let job = build::render_job("http://a.test/1.jpg", 300);
    let mut ended = build::ended_job(&job, End::Failed(&failure(FailureCode::SourceGone)), NOW);
    (ended.queued_at, ended.began_at) = (NOW.minus(Duration::from_secs(2)), Some(NOW));
    (ended.worker, ended.lost, ended.attempts) = (WorkerId::new(7), 1, 2);
    record(&history, &[]).await;
    record(&history, std::slice::from_ref(&ended)).await;
    assert_eq!(search(&history, all()).await, [ended]);
}

pub async fn a_life_is_recorded_once(history: Subject) {
    let job = build::render_job("http://a.test/1.jpg", 300);
    let first = build::ended_job(&job, End::Done, NOW);
    let again = EndedJob { ended_at: after(1), ..first.clone() };
    let another = build::ended_job(&job, End::Done, after(2));
    record(&history, std::slice::from_ref(&first)).await;
    // The one that is there already must not keep the other out, wherever it stands.
    record(&history, &[again.clone(), another.clone(), again]).await;
    assert_eq!(search(&history, all()).await, [another.clone(), first.clone()]);
    let both = [first, another];
    join_all((0..8).map(|_| record(&history, &both))).await;
    assert_eq!(search(&history, all()).await.len(), 2);
}

pub async fn jobs_are_found_by_everything_that_can_be_asked(history: Subject) {
    let one = build::render_job("http://a.test/1.jpg", 300);
    let other = build::render_job("http://b.test/2.jpg", 300);
    let house = JobKind::Housekeeping(Housekeeping { tick: NOW });
    let house = Job { kind: house, priority: Priority::Upkeep };
    let jobs = [
        build::ended_job(&one, End::Done, NOW),
        build::ended_job(&one, End::Failed(&failure(FailureCode::SourceGone)), after(1)),
        build::ended_job(&other, End::Failed(&failure(FailureCode::ImaginaryRefused(400))), after(2)),
        build::ended_job(&other, End::Dead(&failure(FailureCode::Internal)), after(3)),
        build::ended_job(&house, End::Done, after(4)),
    ];
    record(&history, &jobs).await;
    let text = |text: &str| Some(text.to_owned());
    for (asked, found) in [
        (all(), vec![4, 3, 2, 1, 0]),
        (Search { url: text("http://a.test/1.jpg"), ..all() }, vec![1, 0]),
        (Search { host: text("b.test"), ..all() }, vec![3, 2]),
        (Search { kind: text("housekeeping"), ..all() }, vec![4]),
        (Search { kind: text("render"), ..all() }, vec![3, 2, 1, 0]),
        (Search { state: Some(EndedState::Done), ..all() }, vec![4, 0]),
        (Search { state: Some(EndedState::Dead), ..all() }, vec![3]),
        (Search { error: text("imaginary_refused"), ..all() }, vec![2]),
        (Search { host: text("a.test"), state: Some(EndedState::Failed), ..all() }, vec![1]),
        (Search { host: text("a.test"), error: text("internal"), ..all() }, vec![]),
        (Search { limit: 2, ..all() }, vec![4, 3]),
        (Search { limit: 0, ..all() }, vec![]),
    ] {
        let expected: Vec<&EndedJob> = found.iter().map(|index| &jobs[*index]).collect();
        let found = search(&history, asked.clone()).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{asked:?}");
    }
}

pub async fn pages_hold_every_job_once_the_last_first(history: Subject) {
    let job = build::render_job("http://a.test/1.jpg", 300);
    // Many that ended in the same millisecond.
    let jobs: Vec<_> = (0..50).map(|number| build::ended_job(&job, End::Done, after(number / 20))).collect();
    record(&history, &jobs).await;
    let mut seen = Vec::new();
    loop {
        let moment = seen.last().map(EndedJob::moment);
        let page = Search { host: Some("a.test".to_owned()), after: moment, limit: 7, ..Search::default() };
        let page = search(&history, page).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let mut expected = jobs;
    expected.sort_by_key(|job| std::cmp::Reverse((job.ended_at, job.life())));
    assert_eq!(seen, expected);
}

pub async fn jobs_are_forgotten_in_batches_by_state_and_age(history: Subject) {
    let object = ObjectName::new(&build::key("http://a.test/1.jpg", 300), 7);
    let job = Job { kind: JobKind::Delete(Delete::Object { object }), priority: Priority::Upkeep };
    let failed = failure(FailureCode::Unavailable);
    let of = |ending: End<'_>| {
        (0..10).map(|second| build::ended_job(&job, ending, after(second))).collect::<Vec<_>>()
    };
    for jobs in [of(End::Done), of(End::Failed(&failed)), of(End::Dead(&failed))] {
        record(&history, &jobs).await;
    }
    let forget = |states: &'static [EndedState], before, limit| {
        let history = Arc::clone(&history);
        async move { history.forget(states, before, limit).await.expect("forgotten") }
    };
    assert_eq!(forget(&[EndedState::Done], after(5), 0).await, 0);
    assert_eq!(forget(&[EndedState::Done], after(5), 3).await, 3);
    assert_eq!(forget(&[EndedState::Done], after(5), 3).await, 2);
    assert_eq!(forget(&[EndedState::Done], after(5), 3).await, 0, "those from then on stay");
    assert_eq!(forget(&[EndedState::Failed, EndedState::Dead], after(1), 100).await, 2);
    let left = search(&history, all()).await;
    let count = |state| left.iter().filter(|job| job.state == state).count();
    assert_eq!(EndedState::ALL.map(count), [5, 9, 9]);
}
