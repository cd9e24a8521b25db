//! How old an entry may get. Ages are wall-clock time: they outlive processes.

use std::time::Duration;

use super::Entry;
use crate::time::Timestamp;

/// How far the clocks of two machines may lie apart. What is from further ahead was written by a clock that was wrong.
const AHEAD: Duration = Duration::from_secs(60);

/// `cache.ttl`, `cache.grace` and `cache.stale_if_error`; `None` is without bound.
#[derive(Clone, Copy, Debug)]
pub struct Ages {
    /// The age at which an entry is stale.
    pub ttl: Option<Duration>,
    /// How long after that it is answered while it is renewed.
    pub grace: Option<Duration>,
    /// How long after that it is answered when it cannot be renewed, or when nothing can be asked.
    pub stale_if_error: Option<Duration>,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It is young enough, for so long; `None` where nothing ages.
    Fresh(Option<Duration>),
    /// It has been too old for so long.
    Past(Duration),
}

impl Ages {
    /// Nothing gets old.
    pub const NONE: Self = Self { ttl: None, grace: None, stale_if_error: None };

    /// Where `entry` stands. One that no instant but the future knows is neither young for ever nor dead: it has just become stale, and
    /// is right again when it is renewed.
    #[must_use]
    pub fn of(&self, entry: &Entry, now: Timestamp) -> Age {
        let Some(ttl) = self.ttl else { return Age::Fresh(None) };
        let known = [Some(entry.created_at), entry.renewed_at].into_iter().flatten();
        let Some(from) = known.filter(|known| *known <= now.plus(AHEAD)).max() else {
            return Age::Past(Duration::ZERO);
        };
        let age = now.since(from);
        match ttl.checked_sub(age) {
            Some(left) if !left.is_zero() => Age::Fresh(Some(left)),
            _ => Age::Past(age.saturating_sub(ttl)),
        }
    }

    /// Whether what has been too old for `past` is answered while it is renewed.
    #[must_use]
    pub fn gracious(&self, past: Duration) -> bool {
        self.grace.is_none_or(|grace| past < grace)
    }

    /// Whether what has been too old for `past` is answered when it cannot be renewed.
    #[must_use]
    pub fn last_resort(&self, past: Duration) -> bool {
        self.stale_if_error.is_none_or(|longest| past < longest)
    }

    /// For how long `entry` has been stale when nothing can be asked and the catalog confirmed it last so long ago. `None` when it may
    /// not be answered any more.
    #[must_use]
    pub fn unconfirmed(&self, entry: &Entry, confirmed: Duration, now: Timestamp) -> Option<Duration> {
        let past = match self.of(entry, now) {
            Age::Fresh(_) => confirmed,
            Age::Past(past) => past.max(confirmed),
        };
        self.last_resort(past).then_some(past)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Seq;
    use crate::testing::build;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const AGES: Ages =
        Ages { ttl: Some(seconds(100)), grace: Some(seconds(50)), stale_if_error: Some(seconds(500)) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    fn entry(created: i64, renewed: Option<i64>) -> Entry {
        let entry = build::entry("http://a.test/1.jpg", Seq::ZERO);
        Entry { created_at: at(created), renewed_at: renewed.map(at), ..entry }
    }

    #[test]
    fn an_age_runs_from_the_render_or_the_last_renewal() {
        for (created, renewed, now, age) in [
            (0, None, 0, Age::Fresh(Some(seconds(100)))),
            (0, None, 99, Age::Fresh(Some(seconds(1)))),
            (0, None, 100, Age::Past(seconds(0))),
            (0, None, 140, Age::Past(seconds(40))),
            (0, Some(90), 140, Age::Fresh(Some(seconds(50)))),
            (0, Some(90), 200, Age::Past(seconds(10))),
            // Clocks that lie apart a little, and clocks that were wrong.
            (30, None, 0, Age::Fresh(Some(seconds(100)))),
            (61, None, 0, Age::Past(seconds(0))),
            (1_000_000, None, 0, Age::Past(seconds(0))),
            (1_000_000, Some(10), 20, Age::Fresh(Some(seconds(90)))),
            (0, Some(1_000_000), 150, Age::Past(seconds(50))),
        ] {
            assert_eq!(AGES.of(&entry(created, renewed), at(now)), age, "{created} {renewed:?} {now}");
        }
        assert_eq!(Ages::NONE.of(&entry(0, None), at(1_000_000)), Age::Fresh(None));
    }

    #[test]
    fn grace_and_last_resort_end_and_zero_is_never() {
        assert!(AGES.gracious(seconds(49)) && !AGES.gracious(seconds(50)));
        assert!(AGES.last_resort(seconds(499)) && !AGES.last_resort(seconds(500)));
        assert!(Ages::NONE.gracious(seconds(1_000_000)) && Ages::NONE.last_resort(seconds(1_000_000)));
        let off = Ages { grace: Some(seconds(0)), stale_if_error: Some(seconds(0)), ..AGES };
        assert!(!off.gracious(seconds(0)) && !off.last_resort(seconds(0)));
    }

    #[test]
    fn what_cannot_be_confirmed_is_stale_since_it_was_confirmed_or_since_it_was_too_old() {
        for (confirmed, now, past) in [
            (0, 10, Some(0)),
            (30, 10, Some(30)),
            (30, 120, Some(30)),
            (30, 200, Some(100)),
            (499, 10, Some(499)),
            (500, 10, None),
            (1, 600, None),
        ] {
            let stale = AGES.unconfirmed(&entry(0, None), seconds(confirmed), at(now));
            assert_eq!(stale, past.map(seconds), "{confirmed} s ago, at {now}");
        }
        let off = Ages { stale_if_error: Some(seconds(0)), ..Ages::NONE };
        assert_eq!(off.unconfirmed(&entry(0, None), seconds(0), at(0)), None);
    }
}
