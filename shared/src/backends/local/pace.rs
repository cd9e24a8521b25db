//! At which pace jobs end: jobs ended ÷ time in which any job waited or ran, over the last [`PACE_SPAN`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::ports::PACE_SPAN;
use crate::time::Timestamp;

/// What one second has seen.
#[derive(Clone, Copy, Debug)]
struct Second {
    number: i64,
    ended: u32,
    busy: Duration,
}

/// The last seconds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    seconds: VecDeque<Second>,
    /// Up to when time was counted; absent while nothing waits or runs.
    busy_since: Option<Timestamp>,
}

impl Pace {
    /// Something waits or runs from `now` on, if it did not before.
    pub(super) fn begins(&mut self, now: Timestamp) {
        self.busy_since.get_or_insert(now);
    }

    /// A job has ended.
    pub(super) fn ended(&mut self, now: Timestamp) {
        self.account(now);
        self.count(now, 1, Duration::ZERO);
    }

    /// Nothing waits or runs any more.
    pub(super) fn rests(&mut self, now: Timestamp) {
        self.account(now);
        self.busy_since = None;
    }

    /// How long it takes until so many jobs have ended; unknown while nothing has.
    pub(super) fn after(&mut self, jobs: u64, now: Timestamp) -> Option<Duration> {
        self.account(now);
        let ended: u32 = self.seconds.iter().map(|second| second.ended).sum();
        let busy: Duration = self.seconds.iter().map(|second| second.busy).sum();
        let one = busy.checked_div(ended)?;
        Some(one.saturating_mul(u32::try_from(jobs).unwrap_or(u32::MAX)))
    }

    /// Counts the time since it was counted last.
    fn account(&mut self, now: Timestamp) {
        let Some(since) = self.busy_since else { return };
        let mut from = since.max(now.minus(PACE_SPAN));
        while from < now {
            let till = Timestamp::from_millis((from.whole_second() + 1) * 1000).min(now);
            self.count(from, 0, till.since(from));
            from = till;
        }
        self.busy_since = Some(now);
        let oldest = now.minus(PACE_SPAN).whole_second();
        self.seconds.retain(|second| second.number > oldest);
    }

    fn count(&mut self, at: Timestamp, ended: u32, busy: Duration) {
        let number = at.whole_second();
        match self.seconds.back_mut() {
            Some(last) if last.number >= number => {
                last.ended += ended;
                last.busy += busy;
            }
            _ => self.seconds.push_back(Second { number, ended, busy }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn it_counts_the_time_in_which_there_was_something_to_do() {
        let mut pace = Pace::default();
        assert_eq!(pace.after(1, at(0)), None, "nothing has ended");
        pace.begins(at(0));
        pace.ended(at(1_500));
        pace.ended(at(2_000));
        pace.rests(at(2_000));
        // Three seconds in which there is nothing to do.
        pace.begins(at(5_000));
        assert_eq!(pace.after(10, at(5_000)), Some(Duration::from_secs(10)));
        assert_eq!(pace.after(10, at(7_000)), Some(Duration::from_secs(20)));
    }

    #[test]
    fn what_is_longer_ago_than_the_span_no_longer_counts() {
        let mut pace = Pace::default();
        pace.begins(at(0));
        pace.ended(at(1_000));
        assert_eq!(pace.after(1, at(30_000)), None);
    }
}
