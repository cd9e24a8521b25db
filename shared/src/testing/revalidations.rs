//! What every record of revalidations must do. Each function takes one of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use crate::entry::{Scope, Seq};
use crate::ports::{
    Counts, FailedSource, Mode, Progress, Revalidation, RevalidationState, Revalidations, Span, Tally,
};
use crate::request::SourceId;
use crate::time::Timestamp;

type Subject = Arc<dyn Revalidations>;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn revalidation(id: &str, started_at: Timestamp) -> Revalidation {
    Revalidation {
        id: id.to_owned(),
        mode: Mode::Discard,
        scope: "prefix http://a.test/img".to_owned(),
        by: "ci".to_owned(),
        started_at,
        finished_at: None,
        state: RevalidationState::Running,
        tally: Tally::default(),
        rules: Some(Span { incarnation: "x".to_owned(), first: Seq::new(3), last: Seq::new(5) }),
        progress: None,
    }
}

async fn ids(subject: &Subject) -> Vec<String> {
    let all = subject.revalidations(None, 100).await.expect("a list");
    all.into_iter().map(|one| one.id).collect()
}

pub async fn what_was_begun_is_found_as_it_was(subject: Subject) {
    let begun = revalidation("a", NOW);
    assert_eq!(subject.revalidation("a").await.expect("an answer"), None);
    for started_at in [NOW, after(1)] {
        subject.begin(&Revalidation { started_at, ..begun.clone() }).await.expect("begun");
    }
    assert_eq!(subject.revalidation("a").await.expect("an answer"), Some(begun));
}

pub async fn of_all_who_finish_one_the_first_is_right(subject: Subject) {
    subject.begin(&revalidation("a", NOW)).await.expect("begun");
    let finish = async |id: &str, discarded, at| {
        let tally = Tally { counts: Counts { discarded, ..Counts::default() }, ..Tally::default() };
        subject.finish(id, RevalidationState::Done, &tally, at).await.expect("finished");
    };
    finish("a", 7, after(1)).await;
    finish("a", 8, after(2)).await;
    finish("nobody", 9, after(3)).await;
    let found = subject.revalidation("a").await.expect("an answer").expect("it is there");
    assert_eq!((found.state, found.tally.counts.discarded), (RevalidationState::Done, 7));
    assert_eq!(found.finished_at, Some(after(1)));
    assert_eq!(ids(&subject).await, ["a"]);
}

pub async fn of_all_who_advance_one_at_once_one_does(subject: Subject) {
    let progress = Progress {
        scopes: vec![Scope::Source(SourceId::of("a")), Scope::Source(SourceId::of("b"))],
        after: None,
        ahead: Vec::new(),
        step: 0,
        since: None,
    };
    let checks = |progress: &Progress| Revalidation {
        mode: Mode::Check,
        rules: None,
        progress: Some(progress.clone()),
        ..revalidation("a", NOW)
    };
    subject.begin(&checks(&progress)).await.expect("begun");
    let found = async || subject.revalidation("a").await.expect("an answer").expect("it is there");
    assert_eq!(found().await, checks(&progress));
    let next =
        Progress { after: Some(SourceId::of("a")), ahead: vec![SourceId::of("b")], step: 1, ..progress };
    let mut tally = Tally { counts: Counts { checked: 3, ..Counts::default() }, ..Tally::default() };
    tally.failures.add(FailedSource::new("http://a.test/a", "it is away"));
    let told = join_all((0..8).map(|_| subject.advance("a", &next, &tally))).await;
    assert_eq!(told.into_iter().filter(|told| *told.as_ref().expect("an answer")).count(), 1);
    assert_eq!(found().await, Revalidation { tally: tally.clone(), ..checks(&next) });
    tally.failures.add(FailedSource::new("http://a.test/b", "it is slow"));
    subject.finish("a", RevalidationState::Done, &tally, after(1)).await.expect("finished");
    let finished = found().await;
    assert_eq!((finished.progress, &finished.tally), (None, &tally));
    let late = Progress { step: 2, ..next };
    assert!(!subject.advance("a", &late, &tally).await.expect("an answer"), "it is finished");
}

pub async fn those_that_run_are_listed_the_oldest_first(subject: Subject) {
    for (id, second) in [("b", 2), ("a", 3), ("c", 1)] {
        subject.begin(&revalidation(id, after(second))).await.expect("begun");
    }
    let running = async |limit| {
        let all = subject.running(limit).await.expect("a list");
        all.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(running(10).await, ["c", "b", "a"]);
    assert_eq!(running(2).await, ["c", "b"]);
    let tally = Tally::default();
    subject.finish("b", RevalidationState::Failed, &tally, after(4)).await.expect("finished");
    assert_eq!(running(10).await, ["c", "a"]);
}

pub async fn pages_hold_every_one_once_the_last_first(subject: Subject) {
    // Some began at the same time.
    let all: Vec<Revalidation> =
        (0..7).map(|number| revalidation(&number.to_string(), after(number / 2))).collect();
    join_all(all.iter().map(|one| subject.begin(one))).await;
    let (mut seen, mut place) = (Vec::new(), None);
    loop {
        let page = subject.revalidations(place.as_ref(), 3).await.expect("a page");
        place = page.last().map(Revalidation::moment);
        seen.extend(page.iter().map(|one| one.id.clone()));
        if page.len() < 3 {
            break;
        }
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
}

pub async fn the_old_are_forgotten_in_batches(subject: Subject) {
    for number in 0..5 {
        subject.begin(&revalidation(&number.to_string(), after(number))).await.expect("begun");
    }
    for (limit, removed) in [(2, 2), (2, 1), (2, 0), (0, 0)] {
        assert_eq!(subject.forget_revalidations(after(3), limit).await.expect("forgotten"), removed);
    }
    assert_eq!(ids(&subject).await, ["4", "3"]);
}
