//! Leaving alone what failed, for longer each time. Pure.

use std::time::Duration;

/// A pause that doubles with every failure in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Backoff {
    /// The pause after one failure more than `before` in a row.
    #[must_use]
    pub fn after(&self, before: u32) -> Duration {
        self.first.saturating_mul(2_u32.saturating_pow(before)).min(self.longest)
    }

    /// The same, spread over its upper half, so that what failed together is not tried again together. `random` is from 0 to 1.
    #[must_use]
    pub fn spread(&self, before: u32, random: f64) -> Duration {
        self.after(before).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(1) };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [0, 1, 2, 3, 4, 5, u32::MAX].map(|before| BACKOFF.after(before).as_millis());
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000, 1000]);
    }

    #[test]
    fn pauses_are_spread_over_their_upper_half() {
        let spread = [0.0, 0.5, 1.0].map(|random| BACKOFF.spread(1, random).as_millis());
        assert_eq!(spread, [100, 150, 200]);
    }
}
