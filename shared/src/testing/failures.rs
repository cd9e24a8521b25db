//! What every catalog must do about failures: part of the suite of [`super::catalog`].

use std::time::Duration;

use futures::future::join_all;

use super::build;
use super::catalog::{NOW, OTHER, Subject, URL, accept, admit};
use crate::entry::{FAILURE_LIFE, Found, RememberedFailure, Seq};

async fn found(catalog: &Subject) -> Found {
    catalog.find(&build::key(URL, 300), &[build::source_ref(URL)]).await.expect("found")
}

async fn remember(catalog: &Subject, failed: &RememberedFailure) {
    catalog.remember(failed).await.expect("remembered");
}

pub async fn a_failure_is_found_until_a_newer_one_replaces_it(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    admit(&catalog, OTHER, 0).await;
    assert_eq!(found(&catalog).await.failure, None);
    let mut first = build::failure(URL, Seq::new(3), NOW);
    first.sources.push(build::source_ref(OTHER));
    remember(&catalog, &first).await;
    let there = found(&catalog).await;
    assert_eq!(there.failure, Some(first));
    assert_eq!(there.sources.len(), 2, "its redirect target, too");
    let again = build::failure(URL, Seq::new(3), NOW.plus(FAILURE_LIFE));
    remember(&catalog, &again).await;
    assert_eq!(found(&catalog).await.failure, Some(again.clone()), "as old, and later");
    remember(&catalog, &build::failure(URL, Seq::new(2), NOW.plus(FAILURE_LIFE * 2))).await;
    assert_eq!(found(&catalog).await.failure, Some(again));
    let newer = build::failure(URL, Seq::new(4), NOW);
    remember(&catalog, &newer).await;
    assert_eq!(found(&catalog).await.failure, Some(newer));
}

pub async fn a_failure_beside_an_entry_that_stands_is_found_when_asked_for(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    accept(&catalog, URL, build::BYTES, 0).await;
    catalog.record(&build::entry(URL, Seq::ZERO)).await.expect("recorded");
    let mut failed = build::failure(URL, Seq::ZERO, NOW);
    failed.sources.push(build::source_ref(OTHER));
    remember(&catalog, &failed).await;
    admit(&catalog, OTHER, 0).await;
    let there = found(&catalog).await;
    assert_eq!((there.failure.as_ref(), there.sources.len()), (None, 1), "a hit does not pay for it");
    let whole = catalog.with_failure(&failed.key, there).await.expect("found");
    assert_eq!((whole.failure, whole.sources.len()), (Some(failed), 2), "its redirect target, too");
    assert!(whole.entry.is_some());
}

pub async fn of_many_failures_at_once_the_newest_stays(catalog: Subject) {
    let failures: Vec<_> = (0..32).map(|stamp| build::failure(URL, Seq::new(stamp), NOW)).collect();
    join_all(failures.iter().map(|failed| remember(&catalog, failed))).await;
    assert_eq!(found(&catalog).await.failure.as_ref(), failures.last());
}

pub async fn failures_that_are_over_are_forgotten(catalog: Subject) {
    remember(&catalog, &build::failure(URL, Seq::ZERO, NOW)).await;
    let forget = async |over, now| catalog.forget_failures(over, now).await.expect("an answer");
    let over = NOW.plus(FAILURE_LIFE);
    let almost = over.minus(Duration::from_millis(1));
    assert_eq!(forget(almost, over).await, 0, "it is over, and kept for a while");
    assert_eq!(forget(almost, NOW).await, 0, "it has just happened");
    assert!(found(&catalog).await.failure.is_some());
    assert_eq!(forget(over, over).await, 1);
    assert_eq!(found(&catalog).await.failure, None);
    // One from a clock that was ahead.
    remember(&catalog, &build::failure(URL, Seq::ZERO, NOW.plus(FAILURE_LIFE * 100))).await;
    assert_eq!(forget(NOW, NOW).await, 1);
}
