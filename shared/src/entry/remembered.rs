//! What is remembered of a render that failed, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Failure, Seq, SourceRef};
use crate::request::CacheKey;
use crate::time::Timestamp;

/// How long it is remembered that a job was given up: short enough to be borne when the reason has passed, long enough that
/// a source that kills workers cannot take one after the other.
pub const FAILURE_LIFE: Duration = Duration::from_secs(10);
/// How long after its end a failure without a longest life still counts for a row.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A failure of one key that is answered, instead of a render that would fail again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RememberedFailure {
    /// What was to be rendered.
    pub key: CacheKey,
    /// The sources that were asked, as far as they are known.
    pub sources: Vec<SourceRef>,
    /// The ledger's position before they were asked: a newer discard of any of them ends the memory.
    pub stamp: Seq,
    /// Why there is no picture.
    pub failure: Failure,
    /// The number of this failure among those that followed one another without a success or a discard in between.
    #[serde(default = "first")]
    pub in_a_row: u32,
    /// When it failed.
    pub at: Timestamp,
    /// When it may be tried again. What is remembered is kept for longer, so that the next failure knows its number.
    pub until: Timestamp,
}

/// How long definite failures are remembered: `negative.ttl` and `negative.max_ttl`.
#[derive(Clone, Copy, Debug)]
pub struct Lives {
    /// The first of a row; `None`: they are not remembered.
    pub first: Option<Duration>,
    /// The longest life; `None`: each is twice as long as the one before.
    pub longest: Option<Duration>,
}

/// What is known of a key when its render has failed.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The failure that is remembered.
    pub failure: Option<&'a RememberedFailure>,
    /// When the key was rendered last, or its picture confirmed.
    pub success: Option<Timestamp>,
    /// The newest discard of its sources that whoever asked for the render has seen.
    pub want: Seq,
}

impl Lives {
    /// How long the failure of this number in a row is answered.
    fn of(self, in_a_row: u32) -> Option<Duration> {
        let doublings = 1_u32.checked_shl(in_a_row.saturating_sub(1)).unwrap_or(u32::MAX);
        let life = self.first?.saturating_mul(doublings);
        Some(self.longest.map_or(life, |longest| life.min(longest)))
    }

    /// How long after its end a failure is kept, so that the next one knows its number.
    #[must_use]
    pub fn kept(self) -> Duration {
        self.longest.unwrap_or(DAY)
    }
}

impl RememberedFailure {
    /// The first failure of a row at `now`, remembered for [`FAILURE_LIFE`].
    #[must_use]
    pub fn new(key: CacheKey, sources: Vec<SourceRef>, stamp: Seq, failure: Failure, now: Timestamp) -> Self {
        Self { key, sources, stamp, failure, in_a_row: first(), at: now, until: now.plus(FAILURE_LIFE) }
    }

    /// This failure with its number in the row and the life that goes with it; `None` when there is nothing to remember: it may
    /// pass, or failures are not remembered, or it is the one that is remembered already.
    #[must_use]
    pub fn next(self, known: Known<'_>, lives: Lives) -> Option<Self> {
        if self.failure.code.is_passing() {
            return None;
        }
        let before = known.failure.filter(|before| {
            before.failure.url == self.failure.url
                && before.stamp >= known.want
                && known.success.is_none_or(|success| success <= before.at)
        });
        // A worker that was lost between remembering and ending its claim: the next one found this.
        if before.is_some_and(|before| before.failure == self.failure && before.lives(self.at)) {
            return None;
        }
        let counts = |before: &&Self| before.at <= self.at && self.at < before.until.plus(lives.kept());
        let in_a_row = before.filter(counts).map_or(first(), |before| before.in_a_row.saturating_add(1));
        let life = lives.of(in_a_row)?;
        Some(Self { in_a_row, until: self.at.plus(life), ..self })
    }

    /// Whether its time has not come yet. One that has not happened yet was written by a clock that was ahead, and is over.
    #[must_use]
    pub fn lives(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.until
    }
}

const fn first() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::FailureCode;
    use crate::testing::build;

    const URL: &str = "http://a.test/1.jpg";
    const LIVES: Lives =
        Lives { first: Some(Duration::from_secs(10)), longest: Some(Duration::from_secs(60)) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + seconds * 1000)
    }

    fn gone(seconds: i64, stamp: i64) -> RememberedFailure {
        let failure = Failure::new(FailureCode::SourceGone, "the origin answered 404");
        RememberedFailure { failure, ..build::failure(URL, Seq::new(stamp), at(seconds)) }
    }

    fn knowing(failure: &RememberedFailure) -> Known<'_> {
        Known { failure: Some(failure), success: None, want: Seq::ZERO }
    }

    const NOTHING: Known<'_> = Known { failure: None, success: None, want: Seq::ZERO };

    #[test]
    fn it_lives_for_its_time_and_not_at_all_where_clocks_disagree() {
        let failed = build::failure(URL, Seq::ZERO, Timestamp::from_millis(1_000_000));
        for (now, lives) in [
            (1_000_000, true),
            (1_009_999, true),
            (1_010_000, false),
            (999_999, false),
            (2_000_000, false),
            (0, false),
        ] {
            assert_eq!(failed.lives(Timestamp::from_millis(now)), lives, "at {now}");
        }
    }

    #[test]
    fn each_failure_in_a_row_is_remembered_twice_as_long_up_to_the_longest() {
        let mut last = gone(0, 0).next(NOTHING, LIVES).expect("remembered");
        let mut lives = vec![last.until.as_millis() - last.at.as_millis()];
        for _ in 0..4 {
            // Asked for again as soon as that is possible.
            let now = Timestamp::from_millis(last.until.as_millis());
            last =
                RememberedFailure { at: now, ..gone(0, 0) }.next(knowing(&last), LIVES).expect("remembered");
            lives.push(last.until.as_millis() - last.at.as_millis());
        }
        assert_eq!(lives, [10_000, 20_000, 40_000, 60_000, 60_000]);
        let many = RememberedFailure { in_a_row: u32::MAX, ..last };
        let next = RememberedFailure { at: many.until, ..gone(0, 0) }.next(knowing(&many), LIVES);
        assert_eq!(next.map(|next| next.in_a_row), Some(u32::MAX));
    }

    #[test]
    fn a_row_ends_with_a_success_a_discard_another_url_and_after_a_while() {
        let before = RememberedFailure { in_a_row: 3, ..gone(0, 5) };
        let number = |seconds, success, want| {
            let known = Known { failure: Some(&before), success, want: Seq::new(want) };
            gone(seconds, 9).next(known, LIVES).expect("remembered").in_a_row
        };
        for (seconds, success, want, expected, why) in [
            (11, None, 5, 4, "it goes on"),
            (69, None, 0, 4, "and is kept for as long as the longest life"),
            (70, None, 0, 1, "and no longer"),
            (11, Some(at(-1)), 0, 4, "a success from before"),
            (11, Some(at(1)), 0, 1, "a success since"),
            (11, None, 6, 1, "a discard since"),
            (-1, None, 0, 1, "a clock that stepped back"),
        ] {
            assert_eq!(number(seconds, success, want), expected, "{why}");
        }
        let mut other = gone(11, 5);
        other.failure.url = Some(build::source_ref(URL).id);
        assert_eq!(other.next(knowing(&before), LIVES).map(|next| next.in_a_row), Some(1));
    }

    #[test]
    fn what_may_pass_or_is_remembered_already_or_is_not_to_be_remembered_is_not() {
        assert_eq!(build::failure(URL, Seq::ZERO, at(0)).next(NOTHING, LIVES), None, "source_failed");
        let off = Lives { first: None, ..LIVES };
        assert_eq!(gone(0, 0).next(NOTHING, off), None, "switched off");
        let told = gone(0, 5);
        assert_eq!(gone(3, 5).next(knowing(&told), LIVES), None, "found by who was to render it");
        let newer = Known { want: Seq::new(6), ..knowing(&told) };
        assert!(gone(3, 6).next(newer, LIVES).is_some(), "what was found was discarded");
    }
}
