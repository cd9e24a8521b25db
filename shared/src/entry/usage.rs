//! What a use is, and how uses add up. Pure.
//!
//! A use is an answer that shows a picture or says that the client has it: 200, 206 and 304, to `GET` and to `HEAD` alike, the
//! answer that caused its render included. Errors are none, and how much of a body a client reads does not matter.

use std::fmt;

use super::Entry;
use crate::time::Timestamp;

/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Uses of one thing; there is at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// How many.
    pub count: u64,
    /// When the last one was.
    pub last: Timestamp,
}

impl Uses {
    /// One use.
    #[must_use]
    pub const fn one(at: Timestamp) -> Self {
        Self { count: 1, last: at }
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self { count: self.count.saturating_add(others.count), last: self.last.max(others.last) }
    }

    /// How many, as stores count.
    #[must_use]
    pub fn stored(self) -> i64 {
        i64::try_from(self.count).unwrap_or(i64::MAX)
    }
}

impl Entry {
    /// This entry with what was counted while its key had the entry `before`: a variant that is rendered again keeps its uses.
    #[must_use]
    pub fn counted_on(self, before: &Self) -> Self {
        Self {
            uses: self.uses.saturating_add(before.uses),
            last_used_at: self.last_used_at.max(before.last_used_at),
            ..self
        }
    }
}

/// A day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_millis().div_euclid(DAY))
    }

    /// The day with this number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// As `2026-01-31`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begins = Timestamp::from_millis(self.0.saturating_mul(DAY)).rfc3339();
        f.write_str(begins.get(..10).unwrap_or(&begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seq;
    use crate::testing::build;

    #[test]
    fn uses_add_up_and_the_last_is_the_latest() {
        let [early, late] = [1, 2].map(|at| Uses::one(Timestamp::from_millis(at)));
        let both = Uses { count: 2, ..late };
        assert_eq!((early.and(late), late.and(early)), (both, both));
    }

    #[test]
    fn a_variant_that_is_rendered_again_keeps_its_uses() {
        let used = Some(Timestamp::from_millis(5));
        let before = Entry { uses: 3, last_used_at: used, ..build::entry("http://a.test/1.jpg", Seq::ZERO) };
        let new = build::entry("http://a.test/1.jpg", Seq::new(1));
        let again = new.clone().counted_on(&before);
        assert_eq!((again.uses, again.last_used_at, &again.object), (3, used, &new.object));
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        for (millis, day) in
            [(-1, "1969-12-31"), (0, "1970-01-01"), (DAY - 1, "1970-01-01"), (DAY, "1970-01-02")]
        {
            assert_eq!(Day::of(Timestamp::from_millis(millis)).to_string(), day, "{millis}");
        }
    }
}
