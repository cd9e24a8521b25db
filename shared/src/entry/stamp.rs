//! Positions in the ledger of discards.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A position in the ledger: the number of discards committed before it. A fetch is stamped with the position
/// that was read before it began; stamps are compared with the discards of the own sources only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(i64);

impl Seq {
    /// Before every discard.
    pub const ZERO: Self = Self(0);

    /// The position `number`; a negative one, which no ledger has, counts as zero.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        if number < 0 { Self::ZERO } else { Self(number) }
    }

    /// The number, never negative: MongoDB and SQLite have no unsigned 64-bit integers.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
