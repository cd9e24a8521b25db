//! What is remembered of a render that failed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Failure, Seq, SourceRef};
use crate::request::CacheKey;
use crate::time::Timestamp;

/// How long a failure is remembered: short enough to be borne when it was a passing one, long enough that a source that
/// kills workers cannot take one after the other.
pub const FAILURE_LIFE: Duration = Duration::from_secs(10);

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
    /// When it failed.
    pub at: Timestamp,
    /// When it may be tried again.
    pub until: Timestamp,
}

impl RememberedFailure {
    /// A failure at `now`, remembered for [`FAILURE_LIFE`].
    #[must_use]
    pub fn new(key: CacheKey, sources: Vec<SourceRef>, stamp: Seq, failure: Failure, now: Timestamp) -> Self {
        Self { key, sources, stamp, failure, at: now, until: now.plus(FAILURE_LIFE) }
    }

    /// Whether its time has not come yet. One that would end later than any failure that begins now was written by a clock
    /// that was ahead, and is over.
    pub(super) fn lives(&self, now: Timestamp) -> bool {
        now < self.until && self.until <= now.plus(FAILURE_LIFE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::build;

    #[test]
    fn it_lives_for_its_time_and_not_at_all_where_clocks_disagree() {
        let failed = build::failure("http://a.test/1.jpg", Seq::ZERO, Timestamp::from_millis(1_000_000));
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
}
