//! How a source is, for people. Pure.

use super::{Source, UNSTEADY};
use crate::time::Timestamp;

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Nothing is known against it.
    Live,
    /// Its origin has said often enough that it is no more.
    Gone,
    /// Its origin could not be asked, or has said just now that it is no more.
    Failing,
    /// It is refused.
    Blocked,
    /// It changes at every fetch, so that nothing made of it is kept.
    Unsteady,
}

impl SourceState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Live, Self::Gone, Self::Failing, Self::Blocked, Self::Unsteady];

    /// Its name in the administration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Unsteady => "unsteady",
        }
    }
}

impl Source {
    /// How it is at `now`, if it is not blocked: the one place that decides it.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SourceState {
        match self.known_checks() {
            Some(known) if known.is_gone => SourceState::Gone,
            _ if self.is_unsteady(now) => SourceState::Unsteady,
            Some(known) if known.failures > 0 || known.absences.is_some() => SourceState::Failing,
            _ => SourceState::Live,
        }
    }

    /// Whether it counts as changing at every fetch. A time that lies far ahead is that of a clock that was ahead.
    #[must_use]
    pub fn is_unsteady(&self, now: Timestamp) -> bool {
        self.unsteady_until.is_some_and(|until| until > now && until <= now.plus(UNSTEADY * 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Checks, InARow, Seq, Stamped};
    use crate::testing::build;

    #[test]
    fn what_checks_have_taught_is_told_until_a_discard_outdates_it() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let absences = Some(InARow { count: 1, last: now });
        for (checks, state) in [
            (Checks::default(), SourceState::Live),
            (Checks { failures: 1, ..Checks::default() }, SourceState::Failing),
            (Checks { absences, ..Checks::default() }, SourceState::Failing),
            (Checks { absences, is_gone: true, ..Checks::default() }, SourceState::Gone),
        ] {
            let mut source = build::source("http://a.test/1.jpg", Seq::new(3));
            source.checks = Some(Stamped { value: checks, stamp: Seq::new(3) });
            assert_eq!(source.state(now), state);
            source.discarded = Seq::new(4);
            assert_eq!(source.state(now), SourceState::Live);
        }
    }

    #[test]
    fn a_source_is_unsteady_for_a_while_after_it_was_marked() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let mut source = build::source("http://a.test/1.jpg", Seq::ZERO);
        assert_eq!(source.state(now), SourceState::Live);
        source.mark_unsteady(now);
        assert_eq!(source.state(now), SourceState::Unsteady);
        assert_eq!(source.state(now.plus(UNSTEADY)), SourceState::Live);
        assert_eq!(source.state(now.minus(UNSTEADY * 2)), SourceState::Live, "a clock that stepped back");
    }
}
