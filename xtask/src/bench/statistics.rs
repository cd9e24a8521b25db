//! Medians and percentiles.

use std::time::Duration;

/// Times in ascending order.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// In milliseconds; the smallest time that at least the share `rank` of all does not exceed.
    pub fn percentile(&self, rank: f64) -> f64 {
        let milliseconds = |time: &Duration| time.as_secs_f64() * 1e3;
        at(&self.0, rank).map_or(f64::NAN, milliseconds)
    }

    pub fn median(&self) -> f64 {
        self.percentile(0.5)
    }

    /// In milliseconds.
    pub fn largest(&self) -> f64 {
        self.percentile(1.0)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

/// The median of a few values, between the middle two where there is no middle one, with the smallest and the largest.
pub struct Spread {
    pub median: f64,
    pub smallest: f64,
    pub largest: f64,
}

impl Spread {
    pub fn of(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        let median = f64::midpoint(at(last / 2), at(last.div_ceil(2)));
        Self { median, smallest: at(0), largest: at(last) }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "ranks are between 0 and 1, and no run has 2^52 samples"
)]
fn at<T>(ascending: &[T], rank: f64) -> Option<&T> {
    let place = (ascending.len() as f64 * rank).ceil() as usize;
    ascending.get(place.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Times = (1..=100).rev().map(Duration::from_millis).collect();
        let ranks = [0.0, 0.5, 0.95, 0.99, 1.0].map(|rank| times.percentile(rank));
        assert_eq!(ranks, [1.0, 50.0, 95.0, 99.0, 100.0]);
        assert!(Times::default().median().is_nan());
    }

    #[test]
    fn a_spread_is_what_lies_between_the_extremes() {
        let spread = Spread::of(&[5.0, 1.0, 3.0]);
        assert_eq!([spread.smallest, spread.median, spread.largest], [1.0, 3.0, 5.0]);
        assert_eq!([Spread::of(&[1.0, 2.0]).median, Spread::of(&[7.0]).median], [1.5, 7.0]);
    }
}
