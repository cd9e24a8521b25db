//! When periodic jobs ran last, and who sees to the next run.

use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::time::Timestamp;

/// The ticks of schedules, which several schedulers look at: each is given to one of them.
#[async_trait]
pub trait Ticks: Send + Sync {
    /// Claims the tick of the schedule `name` that is due when `interval` has passed since its last run, or when
    /// that run lies in the future (clocks step back). At most one caller gets it. A tick that was claimed but not
    /// [settled](Ticks::settle) within `grace` is given out again, as the same tick.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn claim(
        &self,
        name: &str,
        interval: Duration,
        grace: Duration,
        now: Timestamp,
    ) -> Result<Option<Tick>, PortError>;

    /// Says that the job of a claimed tick is in the queue.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn settle(&self, name: &str, tick: Tick) -> Result<(), PortError>;
}

/// One tick of a schedule, named by the instant for which it was claimed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick(pub Timestamp);

/// The last tick of a schedule that somebody claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimedTick {
    /// The tick.
    pub tick: Tick,
    /// When it was claimed last.
    pub claimed_at: Timestamp,
    /// Whether its job is in the queue.
    pub settled: bool,
}

impl Tick {
    /// The tick that may be claimed at `now` after `last`, by the rule of [`Ticks::claim`].
    #[must_use]
    pub fn due(
        last: Option<&ClaimedTick>,
        interval: Duration,
        grace: Duration,
        now: Timestamp,
    ) -> Option<Self> {
        let Some(last) = last else { return Some(Self(now)) };
        // An instant in the future is a clock that stepped back: waiting for it could take for ever.
        let passed = |since: Timestamp, span: Duration| now >= since.plus(span) || since > now;
        match last.settled {
            true if passed(last.tick.0, interval) => Some(Self(now)),
            false if passed(last.claimed_at, grace) => Some(last.tick),
            _ => None,
        }
    }
}
