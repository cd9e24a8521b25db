//! What asking an origin whether a source has changed teaches, what follows from it, and when it is asked again. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Digest, Seq, Source, Stamped, Validator};
use crate::backoff::Backoff;
use crate::request::IgnoredQuery;
use crate::time::Timestamp;

/// How far apart two answers are at least that count as two of a row: an origin that is being changed is asked once more.
const APART: Duration = Duration::from_secs(30);
/// By how much the clocks of workers differ at most, as long as they are set.
const DIFFER: Duration = Duration::from_secs(60);
/// By how much an interval is shortened at most, so that what was fetched together is not asked about together.
const JITTER: f64 = 0.1;

/// How often origins are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// The interval after a change.
    pub first: Duration,
    /// The longest interval.
    pub longest: Duration,
    /// So many answers in a row that there is no such source mean that it is gone.
    pub gone_after: u32,
}

/// What was learnt by asking; a newer discard outdates it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// The interval that the source has come to, in milliseconds; 0 before the first check.
    #[serde(default)]
    pub interval_ms: u64,
    /// The answers in a row that there is no such source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absences: Option<InARow>,
    /// Whether these were so many that it counts as deleted.
    #[serde(default)]
    pub is_gone: bool,
    /// How often in a row there was no answer, or none that says anything.
    #[serde(default)]
    pub failures: u32,
}

/// Answers that followed one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InARow {
    /// How many.
    pub count: u32,
    /// When the last one came that counts.
    pub last: Timestamp,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The source has the bytes that it had.
    Same,
    /// It has others.
    Other,
    /// There is no such source: 404 or 410.
    Absent,
    /// Nothing that says anything: another status, no whole answer, or none at all.
    Nothing,
}

/// What follows from a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing.
    Nothing,
    /// It has changed, and is discarded.
    Discard,
    /// It is gone, which is remembered, and is discarded.
    Gone,
    /// It may be gone, or its origin is in trouble: what was made of it is answered as before.
    KeepServing,
}

/// What is written into the document of a source after a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// What is known now.
    pub checks: Option<Stamped<Checks>>,
    /// When its origin was asked last.
    pub checked_at: Option<Timestamp>,
    /// When it was found to have changed, and to what; absent where it was not, or where that is written down already.
    pub changed: Option<(Timestamp, Digest)>,
    /// When it is asked next.
    pub next_check_at: Timestamp,
}

/// The bytes that a source has since its last discard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Their digest.
    pub digest: &'a Digest,
    /// What its origin said of them. To be told that they have not changed says nothing where it is asked by what was said of others.
    pub validator: Option<&'a Validator>,
}

impl Standing<'_> {
    /// Whether the origin can be asked about them by the source's URL, where `ignored` is left out of it.
    #[must_use]
    pub fn can_be_asked_about(&self, ignored: &IgnoredQuery) -> bool {
        ignored.is_empty() || self.validator.is_some_and(|validator| validator.whole_url)
    }
}

impl Rhythm {
    /// When a source is checked that was fetched at `now`. `random` is from 0 to 1.
    #[must_use]
    pub fn first_check(&self, now: Timestamp, random: f64) -> Timestamp {
        now.plus(spread(self.first, random))
    }

    /// When a source is looked at again about which nothing can be asked for now.
    #[must_use]
    pub fn last_check(&self, now: Timestamp, random: f64) -> Timestamp {
        now.plus(spread(self.longest, random))
    }

    /// No check is planned for later than this: one that is was planned by a clock that was ahead, and counts as due.
    #[must_use]
    pub fn horizon(&self, now: Timestamp) -> Timestamp {
        now.plus(self.longest.max(APART * 2))
    }
}

impl Checks {
    /// After the source was fetched: what was known of absences and failures is over.
    #[must_use]
    pub fn served(self) -> Self {
        Self { interval_ms: self.interval_ms, ..Self::default() }
    }

    fn interval(&self, rhythm: &Rhythm) -> Duration {
        match self.interval_ms {
            0 => rhythm.first,
            known => Duration::from_millis(known).clamp(rhythm.first, rhythm.longest),
        }
    }
}

impl Source {
    /// What was learnt and is not outdated.
    #[must_use]
    pub fn known_checks(&self) -> Option<&Checks> {
        self.checks.as_ref().filter(|known| known.stamp >= self.discarded).map(|known| &known.value)
    }

    /// Its bytes, as far as they count against a ledger whose newest discard of it is at `newest`.
    #[must_use]
    pub fn standing(&self, newest: Seq) -> Option<Standing<'_>> {
        let newest = self.discarded.max(newest);
        let own = self.digest.as_ref().filter(|known| known.stamp >= newest).map(|digest| {
            let validator = self.validator.as_ref().filter(|known| known.stamp == digest.stamp);
            Standing { digest: &digest.value, validator: validator.map(|known| &known.value) }
        });
        let next = || {
            let next = self.next.as_ref().filter(|next| next.digest.stamp >= newest)?;
            Some(Standing { digest: &next.digest.value, validator: Some(&next.validator) })
        };
        own.or_else(next)
    }

    /// What a check with `stamp` that ended at `now` teaches, and what follows. `random` is from 0 to 1.
    #[must_use]
    pub fn after_check(
        &self,
        answered: Answered,
        stamp: Seq,
        now: Timestamp,
        rhythm: &Rhythm,
        random: f64,
    ) -> (Learnt, Consequence) {
        let known = self.known_checks().cloned().unwrap_or_default();
        let interval = known.interval(rhythm);
        let with_interval =
            |interval: Duration| Checks { interval_ms: millis(interval), ..Checks::default() };
        let (checks, wait, consequence) = match answered {
            Answered::Same => {
                let longer = interval.saturating_mul(2).min(rhythm.longest);
                (with_interval(longer), spread(longer, random), Consequence::Nothing)
            }
            Answered::Other => {
                (with_interval(rhythm.first), spread(rhythm.first, random), Consequence::Discard)
            }
            Answered::Absent => {
                let absences = once_more(known.absences, now);
                let is_gone = absences.count >= rhythm.gone_after;
                let checks = Checks { absences: Some(absences), is_gone, ..with_interval(interval) };
                if is_gone {
                    (checks, spread(rhythm.longest, random), Consequence::Gone)
                } else {
                    let again = APART.mul_f64(1.0 + random.clamp(0.0, 1.0) / 2.0);
                    (checks, again, Consequence::KeepServing)
                }
            }
            Answered::Nothing => {
                let pause = Backoff { first: rhythm.first, longest: rhythm.longest }.after(known.failures);
                let failures = known.failures.saturating_add(1);
                let checks = Checks { failures, ..with_interval(interval) };
                (checks, spread(pause, random), Consequence::KeepServing)
            }
        };
        let learnt = Learnt {
            checks: Some(Stamped { value: checks, stamp }),
            checked_at: Some(now),
            changed: None,
            next_check_at: now.plus(wait),
        };
        (learnt, consequence)
    }

    /// The same source, looked at again at `next_check_at`: nothing was asked.
    #[must_use]
    pub fn postponed(&self, next_check_at: Timestamp) -> Learnt {
        Learnt { checks: self.checks.clone(), checked_at: self.checked_at, changed: None, next_check_at }
    }
}

/// One more of a row; too soon after the last it is the same one. Clocks differ a little; a last one that lies far ahead is that of a clock that
/// was ahead.
fn once_more(before: Option<InARow>, now: Timestamp) -> InARow {
    match before {
        None => InARow { count: 1, last: now },
        Some(before) if before.last <= now.plus(DIFFER) && now < before.last.plus(APART) => before,
        Some(before) => InARow { count: before.count.saturating_add(1), last: now },
    }
}

fn spread(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(1.0 - JITTER * random.clamp(0.0, 1.0))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entry::NextBytes;
    use crate::testing::build;

    const HOUR: Duration = Duration::from_secs(3600);
    const RHYTHM: Rhythm = Rhythm { first: HOUR, longest: Duration::from_secs(5 * 3600), gone_after: 2 };
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const URL: &str = "http://a.test/1.jpg";

    fn later(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    /// A source after it was written down what a check has taught.
    fn after(source: &Source, learnt: &Learnt) -> Source {
        Source { checks: learnt.checks.clone(), ..source.clone() }
    }

    fn check(source: &Source, answered: Answered, now: Timestamp) -> (Learnt, Consequence) {
        source.after_check(answered, source.discarded, now, &RHYTHM, 0.0)
    }

    #[test]
    fn an_interval_doubles_up_to_the_longest_and_falls_back_with_a_change() {
        use Answered::{Nothing, Other, Same};

        let mut source = build::source(URL, Seq::ZERO);
        let answers = [
            (Same, 2),
            (Same, 4),
            (Same, 5),
            (Same, 5),
            (Nothing, 1),
            (Nothing, 2),
            (Nothing, 4),
            (Nothing, 5),
            (Same, 5),
            (Other, 1),
            (Same, 2),
        ];
        for (number, (answered, hours)) in answers.into_iter().enumerate() {
            let (learnt, _) = check(&source, answered, NOW);
            assert_eq!(learnt.next_check_at, NOW.plus(HOUR * hours), "{number}: {answered:?}");
            source = after(&source, &learnt);
        }
    }

    #[test]
    fn each_answer_has_its_consequence() {
        let source = build::source(URL, Seq::ZERO);
        for (answered, consequence) in [
            (Answered::Same, Consequence::Nothing),
            (Answered::Other, Consequence::Discard),
            (Answered::Absent, Consequence::KeepServing),
            (Answered::Nothing, Consequence::KeepServing),
        ] {
            assert_eq!(check(&source, answered, NOW).1, consequence, "{answered:?}");
        }
    }

    #[test]
    fn absences_in_a_row_and_half_a_minute_apart_mean_that_it_is_gone() {
        use Answered::{Absent, Nothing, Same};

        for (answers, gone, why) in [
            (&[(Absent, 0), (Absent, 30)][..], true, "twice"),
            (&[(Absent, 0), (Absent, 29)], false, "too soon"),
            (&[(Absent, 0), (Absent, 29), (Absent, 30)], true, "the one between does not count"),
            (&[(Absent, 0), (Same, 40), (Absent, 80)], false, "it was there in between"),
            (&[(Absent, 0), (Nothing, 40), (Absent, 80)], false, "something else was answered in between"),
            (&[(Absent, 100), (Absent, 0)], true, "a clock that stepped back"),
            (&[(Absent, 60), (Absent, 0)], false, "a worker whose clock is behind"),
        ] {
            let mut source = build::source(URL, Seq::ZERO);
            let mut last = Consequence::Nothing;
            for (answered, seconds) in answers {
                let (learnt, consequence) = check(&source, *answered, later(*seconds));
                (source, last) = (after(&source, &learnt), consequence);
            }
            assert_eq!(last == Consequence::Gone, gone, "{why}");
            assert_eq!(source.known_checks().is_some_and(|known| known.is_gone), gone, "{why}");
        }
        let once = Rhythm { gone_after: 1, ..RHYTHM };
        let source = build::source(URL, Seq::ZERO);
        assert_eq!(source.after_check(Absent, Seq::ZERO, NOW, &once, 0.5).1, Consequence::Gone);
    }

    #[test]
    fn who_may_be_gone_is_asked_again_as_soon_as_it_counts() {
        let source = build::source(URL, Seq::ZERO);
        for (random, seconds) in [(0.0, 30), (1.0, 45)] {
            let (learnt, _) = source.after_check(Answered::Absent, Seq::ZERO, NOW, &RHYTHM, random);
            assert_eq!(learnt.next_check_at, later(seconds));
        }
    }

    #[test]
    fn a_newer_discard_outdates_what_was_learnt() {
        let source = build::source(URL, Seq::new(3));
        let (learnt, _) = check(&source, Answered::Absent, NOW);
        let source = after(&source, &learnt);
        assert!(source.known_checks().is_some());
        let discarded = Source { discarded: Seq::new(4), ..source };
        assert_eq!(discarded.known_checks(), None);
        assert_eq!(check(&discarded, Answered::Absent, later(60)).1, Consequence::KeepServing, "the first");
    }

    #[test]
    fn a_validator_counts_for_the_bytes_that_it_came_with() {
        let mut source = build::source(URL, Seq::new(3));
        assert_eq!(source.standing(Seq::new(3)).map(|standing| standing.validator), Some(None));
        let validator = Validator { etag: Some("\"x\"".to_owned()), ..Validator::default() };
        for (stamp, counts) in [(3, true), (2, false), (4, false)] {
            source.validator = Some(Stamped { value: validator.clone(), stamp: Seq::new(stamp) });
            let standing = source.standing(Seq::ZERO).expect("bytes that count");
            assert_eq!(standing.validator.is_some(), counts, "at {stamp}");
        }
        assert_eq!(source.standing(Seq::new(4)), None, "a rule that is not worked off");
        source.discarded = Seq::new(4);
        assert_eq!(source.standing(Seq::ZERO), None, "discarded");
        let digest = Stamped { value: Digest::of(b"next"), stamp: Seq::new(4) };
        source.next = Some(NextBytes { digest, validator: validator.clone() });
        let standing = source.standing(Seq::ZERO).expect("what waited");
        assert_eq!((standing.digest, standing.validator), (&Digest::of(b"next"), Some(&validator)));
        source.next = None;
        assert_eq!(Source { digest: None, ..source }.standing(Seq::ZERO), None, "never fetched");
    }

    #[test]
    fn bytes_that_more_than_the_url_was_asked_for_cannot_be_asked_about() {
        let (none, some) = (IgnoredQuery::default(), IgnoredQuery::from_names(["sig"]));
        let digest = Digest::of(b"x");
        let whole = |whole_url| Validator { whole_url, ..Validator::default() };
        for (validator, can_be) in [(Some(whole(true)), true), (Some(whole(false)), false), (None, false)] {
            let standing = Standing { digest: &digest, validator: validator.as_ref() };
            assert_eq!(standing.can_be_asked_about(&some), can_be, "{validator:?}");
            assert!(standing.can_be_asked_about(&none), "nothing is left out of any URL");
        }
    }

    #[test]
    fn who_was_fetched_serves() {
        let (learnt, _) = check(&build::source(URL, Seq::ZERO), Answered::Nothing, NOW);
        let served = learnt.checks.expect("something").value.served();
        assert_eq!((served.failures, served.interval_ms), (0, 3_600_000));
    }

    fn any_answer() -> impl Strategy<Value = Answered> {
        prop_oneof![
            Just(Answered::Same),
            Just(Answered::Other),
            Just(Answered::Absent),
            Just(Answered::Nothing)
        ]
    }

    proptest! {
        /// Else a scan would find it again and again, or never.
        #[test]
        fn the_next_check_is_always_ahead_and_before_the_horizon(
            answers in prop::collection::vec((any_answer(), 0_u64..100_000, 0.0_f64..=1.0), 1..20),
            first in 1_u64..100_000,
            longer in 0_u64..1_000_000,
            gone_after in 1_u32..4,
        ) {
            let rhythm = Rhythm {
                first: Duration::from_secs(first),
                longest: Duration::from_secs(first + longer),
                gone_after,
            };
            let (mut source, mut now) = (build::source(URL, Seq::ZERO), NOW);
            for (answered, seconds, random) in answers {
                now = now.plus(Duration::from_secs(seconds));
                let (learnt, _) = source.after_check(answered, Seq::ZERO, now, &rhythm, random);
                prop_assert!(learnt.next_check_at > now);
                prop_assert!(learnt.next_check_at <= rhythm.horizon(now));
                source = after(&source, &learnt);
            }
        }

        #[test]
        fn nothing_is_gone_before_its_time(
            answers in prop::collection::vec((any_answer(), 0_u64..100), 1..30),
            gone_after in 1_u32..4,
        ) {
            let rhythm = Rhythm { gone_after, ..RHYTHM };
            let (mut source, mut now, mut row) = (build::source(URL, Seq::ZERO), NOW, Vec::new());
            for (answered, seconds) in answers {
                now = now.plus(Duration::from_secs(seconds));
                if answered == Answered::Absent { row.push(now) } else { row.clear() }
                let (learnt, consequence) = source.after_check(answered, Seq::ZERO, now, &rhythm, 0.5);
                if consequence == Consequence::Gone {
                    prop_assert!(row.len() >= gone_after as usize);
                    let span = now.since(row.first().copied().unwrap_or(now));
                    prop_assert!(span >= APART * (gone_after - 1));
                }
                source = after(&source, &learnt);
            }
        }
    }
}
