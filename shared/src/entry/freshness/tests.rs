use proptest::prelude::*;

use super::*;
use crate::entry::{Digest, FAILURE_LIFE, FailureCode, Rule, Scope, Stamped};
use crate::testing::build;

const URL: &str = "http://a.test/1.jpg";
const OTHER: &str = "http://a.test/2.jpg";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn id(url: &str) -> SourceId {
    build::source_ref(url).id
}

fn rule(url: &str, at: i64, open: bool) -> Rule {
    Rule { at: Seq::new(at), below: Seq::new(at), scope: Scope::Source(id(url)), open }
}

fn no_rules() -> Ledger {
    build::ledger(vec![])
}

/// An entry of [`URL`] with a stamp of 5, and its source's document.
fn found(discarded: i64) -> Found {
    Found {
        asked: vec![build::source_ref(URL)],
        entry: Some(build::entry(URL, Seq::new(5))),
        failure: None,
        sources: vec![build::source(URL, Seq::new(discarded))],
    }
}

fn is_fresh(found: &Found, ledger: &Ledger) -> bool {
    matches!(judge(found.clone(), ledger, &Ages::NONE, NOW), Verdict::Fresh(_))
}

#[test]
fn an_entry_counts_while_no_discard_of_its_sources_is_above_its_stamp() {
    for (discarded, fresh) in [(0, true), (5, true), (6, false)] {
        assert_eq!(is_fresh(&found(discarded), &no_rules()), fresh, "in the document at {discarded}");
        for open in [true, false] {
            let ledger = build::ledger(vec![rule(URL, discarded, open)]);
            assert_eq!(is_fresh(&found(0), &ledger), fresh, "in the ledger at {discarded}, open: {open}");
        }
    }
}

#[test]
fn what_is_wanted_is_the_newest_discard_wherever_it_is_written() {
    for (document, rules, want) in [
        (6, vec![], 6),
        (0, vec![rule(URL, 7, false)], 7),
        (8, vec![rule(URL, 7, true)], 8),
        (6, vec![rule(URL, 7, true), rule(URL, 9, false), rule(OTHER, 11, true)], 9),
    ] {
        let verdict = judge(found(document), &build::ledger(rules), &Ages::NONE, NOW);
        assert_eq!(verdict, Verdict::Miss { want: Seq::new(want) });
    }
}

#[test]
fn a_discard_of_a_source_that_nobody_has_seen_is_wanted() {
    let unseen = Found { asked: vec![build::source_ref(URL)], ..Found::default() };
    let ledger = build::ledger(vec![rule(URL, 3, false), rule(OTHER, 4, true)]);
    assert_eq!(judge(unseen, &ledger, &Ages::NONE, NOW), Verdict::Miss { want: Seq::new(3) });
}

#[test]
fn a_discard_of_a_redirect_target_counts_though_the_request_does_not_name_it() {
    let mut found = found(0);
    found.entry.as_mut().unwrap().sources.push(build::made_from(OTHER));
    found.sources.push(build::source(OTHER, Seq::ZERO));
    assert!(is_fresh(&found, &no_rules()));
    let discarded = build::ledger(vec![rule(OTHER, 6, true)]);
    assert_eq!(judge(found, &discarded, &Ages::NONE, NOW), Verdict::Miss { want: Seq::new(6) });
}

#[test]
fn an_entry_without_one_of_its_source_documents_is_a_miss() {
    let found = Found { sources: vec![], ..found(0) };
    assert_eq!(judge(found, &no_rules(), &Ages::NONE, NOW), Verdict::Miss { want: Seq::ZERO });
}

#[test]
fn an_entry_made_from_other_bytes_than_its_source_has_now_is_a_miss() {
    for digest in [None, Some(Digest::of(b"other bytes"))] {
        let mut found = found(0);
        found.sources[0].digest = digest.map(|value| Stamped { value, stamp: Seq::ZERO });
        assert_eq!(judge(found, &no_rules(), &Ages::NONE, NOW), Verdict::Miss { want: Seq::ZERO });
    }
}

#[test]
fn discards_of_other_sources_do_not_count() {
    let mut found = found(5);
    found.sources.push(build::source(OTHER, Seq::new(9)));
    assert!(is_fresh(&found, &build::ledger(vec![rule(OTHER, 9, true)])));
}

#[test]
fn a_failure_is_answered_for_its_time_until_a_source_of_it_is_discarded() {
    let failed = build::failure(URL, Seq::new(5), NOW);
    let found = |discarded| Found {
        asked: vec![build::source_ref(URL)],
        entry: None,
        failure: Some(failed.clone()),
        sources: vec![build::source(URL, Seq::new(discarded))],
    };
    let refused = Verdict::Refused(Box::new(failed.clone()));
    let missed = |want| Verdict::Miss { want: Seq::new(want) };
    let later = |millis| NOW.plus(Duration::from_millis(millis));
    for (document, rules, now, verdict) in [
        (5, vec![], NOW, &refused),
        (5, vec![rule(URL, 5, true)], later(9_999), &refused),
        (5, vec![], later(10_000), &missed(5)),
        (5, vec![], NOW.minus(FAILURE_LIFE), &missed(5)),
        (6, vec![], NOW, &missed(6)),
        (0, vec![rule(URL, 6, true)], NOW, &missed(6)),
        (0, vec![rule(URL, 6, false)], NOW, &missed(6)),
        (0, vec![rule(OTHER, 6, true)], NOW, &refused),
    ] {
        assert_eq!(
            judge(found(document), &build::ledger(rules.clone()), &Ages::NONE, now),
            *verdict,
            "{rules:?}"
        );
    }
}

#[test]
fn a_failure_hides_no_entry_that_counts_and_is_answered_instead_of_one_that_does_not() {
    let failed = build::failure(URL, Seq::new(5), NOW);
    let with = |found: Found| Found { failure: Some(failed.clone()), ..found };
    assert!(is_fresh(&with(found(5)), &no_rules()));
    let mut changed = with(found(5));
    changed.sources[0].digest = None;
    assert_eq!(judge(changed, &no_rules(), &Ages::NONE, NOW), Verdict::Refused(Box::new(failed.clone())));
}

#[test]
fn a_failure_of_another_url_says_nothing() {
    let mut failed = build::failure(URL, Seq::ZERO, NOW);
    let found = |failed: &RememberedFailure| Found { failure: Some(failed.clone()), ..Found::default() };
    assert!(found(&failed).about(&id(URL)).failure.is_some(), "it names none");
    failed.failure.url = Some(id(OTHER));
    assert!(found(&failed).about(&id(URL)).failure.is_none());
    assert!(found(&failed).about(&id(OTHER)).failure.is_some());
}

/// What is to be done about the entry of [`found`], told by age in seconds and by what failed a moment ago.
fn aged(age: u64, failed: Option<FailureCode>) -> Verdict {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let ages = Ages { ttl: seconds(100), grace: seconds(50), stale_if_error: seconds(500) };
    let mut found = found(5);
    let now = found.entry.as_ref().unwrap().created_at.plus(Duration::from_secs(age));
    found.failure = failed.map(|code| {
        let mut failure = build::failure(URL, Seq::new(5), now);
        failure.failure.code = code;
        failure
    });
    judge(found, &no_rules(), &ages, now)
}

#[test]
fn an_old_entry_is_renewed_while_it_is_answered_then_waited_for_and_at_last_no_resort() {
    assert!(matches!(aged(99, None), Verdict::Fresh(_)));
    for (age, past, next) in [
        (100, 0, Next::Renew),
        (149, 49, Next::Renew),
        (150, 50, Next::Wait { last_resort: true }),
        (599, 499, Next::Wait { last_resort: true }),
        (600, 500, Next::Wait { last_resort: false }),
    ] {
        let Verdict::Stale(stale) = aged(age, None) else { panic!("{:?} at {age}", aged(age, None)) };
        assert_eq!((stale.past, stale.next), (Duration::from_secs(past), next), "at {age}");
    }
}

#[test]
fn what_failed_a_moment_ago_is_not_asked_again_and_answered_when_the_time_of_the_picture_is_over() {
    let gone = Some(FailureCode::SourceGone);
    let lost = Some(FailureCode::Internal);
    for (age, failed, refused) in [
        (149, gone, false),
        (150, gone, true),
        (149, lost, false),
        (150, lost, false),
        (599, lost, false),
        (600, lost, true),
    ] {
        match aged(age, failed) {
            Verdict::Refused(_) => assert!(refused, "{failed:?} at {age}"),
            Verdict::Stale(stale) => {
                assert!(!refused && matches!(stale.next, Next::Leave(_)), "{failed:?} at {age}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(aged(99, gone), Verdict::Fresh(_)));
}

#[test]
fn an_old_entry_whose_source_was_discarded_is_a_miss() {
    let ages = Ages { ttl: Some(Duration::ZERO), ..Ages::NONE };
    let verdict = judge(found(6), &no_rules(), &ages, NOW);
    assert_eq!(verdict, Verdict::Miss { want: Seq::new(6) });
}

const URLS: [&str; 3] = [URL, OTHER, "http://a.test/3.jpg"];

prop_compose! {
    fn rules()(discards in prop::collection::vec((0..URLS.len(), any::<bool>()), 0..12)) -> Vec<Rule> {
        let numbered = discards.into_iter().zip(1..);
        numbered.map(|((url, open), at)| rule(URLS[url], at, open)).collect()
    }
}

proptest! {
    /// However far the rules are worked off: nothing that was made before a discard of its sources is answered, everything else
    /// is, and what is wanted is good enough.
    #[test]
    fn nothing_from_before_a_discard_of_its_sources_counts(
        rules in rules(),
        worked_off in 0_usize..12,
        stamp in 0_i64..12,
        fails in any::<bool>(),
    ) {
        let mut entry = build::entry(URLS[0], Seq::new(stamp));
        entry.sources.push(build::made_from(URLS[1]));
        let mut sources: Vec<Source> = URLS[..2].iter().map(|url| build::source(url, Seq::ZERO)).collect();
        // Each rule is in the ledger or in the documents, or in both.
        for rule in rules.iter().take(worked_off) {
            for source in sources.iter_mut().filter(|source| rule.scope.matches(&**source)) {
                source.discarded = source.discarded.max(rule.below);
            }
        }
        let ledger = build::ledger(rules.iter().skip(worked_off / 2).cloned().collect());
        let about_it = |rule: &&Rule| URLS[..2].iter().any(|url| rule.scope.matches(&build::source_ref(url)));
        let newest = rules.iter().filter(about_it).map(|rule| rule.at).max().unwrap_or(Seq::ZERO);
        let failure = fails.then(|| build::failure(URLS[0], Seq::new(12), NOW));
        let found = Found { asked: vec![build::source_ref(URLS[0])], entry: Some(entry.clone()), failure, sources };
        match judge(found, &ledger, &Ages::NONE, NOW) {
            Verdict::Fresh(fresh) => prop_assert!(*fresh == entry && entry.stamp >= newest),
            Verdict::Refused(_) => prop_assert!(fails && entry.stamp < newest),
            Verdict::Miss { want } => {
                prop_assert!(!fails && entry.stamp < newest);
                prop_assert_eq!(want, newest);
            }
            Verdict::Stale(stale) => prop_assert!(false, "{stale:?}"),
        }
    }
}
