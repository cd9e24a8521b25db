//! How a source is, for people. Pure.

use super::{Source, UNSTEADY};
use crate::time::Timestamp;

/// How a source is. Today only the first and the last come about: nothing asks origins unasked, and nothing blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// Nothing is known against it.
    Live,
    /// Its origin says that it is no more.
    Gone,
    /// Its origin could not be asked.
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
    /// How it is at `now`: the one place that decides it.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SourceState {
        if self.is_unsteady(now) { SourceState::Unsteady } else { SourceState::Live }
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
    use crate::entry::Seq;
    use crate::testing::build;

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
