//! What every catalog must do about checks of sources: part of the suite of [`super::catalog`].

use std::time::Duration;

use futures::future::join_all;

use super::build;
use super::catalog::{HOUR, NOW, OTHER, Subject, URL, accept, admit};
use super::discards::discard;
use crate::entry::{Answered, Digest, DigestVerdict, Learnt, Preparing, Rhythm, Seq, Source, Validator};
use crate::request::IgnoredQuery;
use crate::time::Timestamp;

const RHYTHM: Rhythm = Rhythm { first: HOUR, longest: Duration::from_secs(24 * 3600), gone_after: 2 };

async fn plan(catalog: &Subject, url: &str, at: Timestamp) {
    admit(catalog, url, 0).await;
    let (source, validator) = (build::source_ref(url).id, Validator::default());
    let accepted = catalog.accept_digest(&source, &Digest::of(b"x"), &validator, Seq::ZERO, NOW, at).await;
    assert_eq!(accepted.expect("a verdict"), DigestVerdict::Accepted);
}

async fn due(catalog: &Subject, now: Timestamp, limit: usize) -> Vec<String> {
    let due = catalog.due(now, RHYTHM.horizon(now), limit).await.expect("a page");
    let is_due = catalog.is_due(now, RHYTHM.horizon(now)).await.expect("an answer");
    assert!(limit == 0 || is_due != due.is_empty());
    assert!(due.iter().all(|source| source.is_due(now, RHYTHM.horizon(now))));
    due.into_iter().map(|source| source.url).collect()
}

async fn document(catalog: &Subject, url: &str) -> Source {
    let known = catalog.known_sources(&[build::source_ref(url).id]).await.expect("an answer").sources;
    known.into_iter().next().expect("a document")
}

fn after(source: &Source, answered: Answered, now: Timestamp) -> Learnt {
    source.after_check(answered, source.discarded, now, &RHYTHM, 0.0).0
}

pub async fn what_is_due_is_found_and_nothing_else(catalog: Subject) {
    // One that was asked for and never fetched.
    admit(&catalog, "http://a.test/never.jpg", 0).await;
    let urls: Vec<String> = (0..8).map(|number| format!("http://a.test/{number}.jpg")).collect();
    for (minutes, url) in (0..).zip(&urls) {
        plan(&catalog, url, NOW.plus(Duration::from_secs(60 * minutes))).await;
    }
    assert_eq!(due(&catalog, NOW.minus(HOUR), 10).await, [""; 0]);
    assert_eq!(due(&catalog, NOW, 10).await, urls[..1]);
    assert_eq!(due(&catalog, NOW.plus(HOUR), 10).await, urls, "whose time came first");
    assert_eq!(due(&catalog, NOW.plus(HOUR), 3).await, urls[..3]);
    assert_eq!(due(&catalog, NOW.plus(HOUR), 0).await, [""; 0]);
}

pub async fn a_check_that_a_clock_ahead_has_planned_is_due(catalog: Subject) {
    plan(&catalog, URL, RHYTHM.horizon(NOW)).await;
    plan(&catalog, OTHER, RHYTHM.horizon(NOW).plus(Duration::from_secs(1))).await;
    assert_eq!(due(&catalog, NOW, 10).await, [OTHER]);
    plan(&catalog, URL, NOW).await;
    assert_eq!(due(&catalog, NOW, 10).await, [URL, OTHER]);
    assert_eq!(due(&catalog, NOW, 1).await, [URL]);
}

pub async fn what_a_check_has_taught_is_written_unless_another_was_planned(catalog: Subject) {
    plan(&catalog, URL, NOW).await;
    let seen = document(&catalog, URL).await;
    let learnt = after(&seen, Answered::Absent, NOW.plus(HOUR));
    let told = join_all((0..8).map(|_| catalog.checked(&seen, &learnt))).await;
    assert_eq!(told.into_iter().filter(|told| *told.as_ref().expect("an answer")).count(), 1);
    let known = document(&catalog, URL).await;
    assert_eq!((&known.checks, known.checked_at), (&learnt.checks, Some(NOW.plus(HOUR))));
    assert_eq!(known.next_check_at, Some(learnt.next_check_at));
    assert_eq!(known.changed_at, None);
    assert_eq!(due(&catalog, NOW.plus(HOUR), 10).await, [""; 0]);
    let nobodys = build::source(OTHER, Seq::ZERO);
    assert!(!catalog.checked(&nobodys, &learnt).await.expect("an answer"), "it has no document");
    assert_eq!(catalog.known_sources(&[nobodys.id]).await.expect("an answer").sources, []);
    admit(&catalog, OTHER, 0).await;
    let never = document(&catalog, OTHER).await;
    let postponed = never.postponed(NOW.plus(HOUR));
    assert!(catalog.checked(&never, &postponed).await.expect("an answer"), "none was planned before");
    assert_eq!(document(&catalog, OTHER).await, Source { next_check_at: Some(NOW.plus(HOUR)), ..never });
}

pub async fn who_is_fetched_serves_and_is_checked_later(catalog: Subject) {
    plan(&catalog, URL, NOW).await;
    for (answered, hours) in [(Answered::Absent, 2), (Answered::Nothing, 3)] {
        let seen = document(&catalog, URL).await;
        let learnt = after(&seen, answered, NOW.plus(HOUR));
        assert!(catalog.checked(&seen, &learnt).await.expect("an answer"));
        assert!(document(&catalog, URL).await.known_checks().is_some_and(|known| known.interval_ms > 0));
        plan(&catalog, URL, NOW.plus(HOUR * hours)).await;
        let served = document(&catalog, URL).await;
        let expected = learnt.checks.map(|checks| checks.value.served());
        assert_eq!(served.known_checks(), expected.as_ref());
        assert_eq!(served.next_check_at, Some(NOW.plus(HOUR * hours)));
        assert!(!catalog.checked(&seen, &after(&seen, answered, NOW)).await.expect("an answer"), "too late");
    }
    discard(&catalog, URL).await;
    assert_eq!(document(&catalog, URL).await.known_checks(), None);
    assert_eq!(accept(&catalog, URL, b"new", 1).await, DigestVerdict::Accepted);
    assert_eq!(document(&catalog, URL).await.next_check_at, Some(NOW.plus(HOUR)));
}

pub async fn who_is_fetched_for_a_refresh_serves(catalog: Subject) {
    for (stamp, bytes) in [(0, b"x"), (1, b"y"), (2, b"z")] {
        plan(&catalog, URL, NOW).await;
        let seen = document(&catalog, URL).await;
        assert!(catalog.checked(&seen, &after(&seen, Answered::Absent, NOW)).await.expect("an answer"));
        assert!(document(&catalog, URL).await.known_checks().is_some_and(|known| known.absences.is_some()));
        let (id, validator, since) = (seen.id, Validator::default(), Seq::new(stamp));
        catalog
            .prepare_bytes(&id, &Digest::of(bytes), &validator, since, since, NOW)
            .await
            .expect("an answer");
        let known = document(&catalog, URL).await;
        assert!(known.known_checks().is_some_and(|known| known.absences.is_none()), "at {stamp}");
    }
}

pub async fn what_a_check_has_found_changed_is_written_with_its_time(catalog: Subject) {
    plan(&catalog, URL, NOW).await;
    let seen = document(&catalog, URL).await;
    let learnt = Learnt { changed: Some((NOW, Digest::of(b"new"))), ..after(&seen, Answered::Other, NOW) };
    assert!(catalog.checked(&seen, &learnt).await.expect("an answer"));
    let known = document(&catalog, URL).await;
    assert_eq!((known.changed_at, known.changed_to), (Some(NOW), Some(Digest::of(b"new"))));
}

pub async fn whether_the_url_was_all_that_was_asked_for_is_told_of_the_last_fetch(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    let (id, ignored) = (build::source_ref(URL).id, IgnoredQuery::from_names(["sig"]));
    let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
    for whole_url in [false, true, false] {
        let validator = Validator { whole_url, ..Validator::default() };
        let accepted = catalog.accept_digest(&id, &old, &validator, Seq::ZERO, NOW, NOW).await;
        assert_eq!(accepted.expect("a verdict"), DigestVerdict::Accepted);
        let known = document(&catalog, URL).await;
        assert_eq!(known.standing(Seq::ZERO).expect("bytes").can_be_asked_about(&ignored), whole_url);
    }
    let validator = Validator { whole_url: true, ..Validator::default() };
    let since = Seq::new(1);
    let waits = catalog.prepare_bytes(&id, &new, &validator, since, since, NOW).await;
    assert_eq!(waits.expect("an answer"), Preparing::Waiting);
    let known = document(&catalog, URL).await;
    for (newest, can_be) in [(0, false), (1, true)] {
        let standing = known.standing(Seq::new(newest)).expect("bytes");
        assert_eq!(standing.can_be_asked_about(&ignored), can_be, "at {newest}");
    }
}
