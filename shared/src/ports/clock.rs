//! The clocks of a machine.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::time::Timestamp;

/// Tells the time of day, and how time passes.
pub trait Clock: Send + Sync {
    /// Now, by the wall clock: others may set it. Spans are not measured with it.
    fn now(&self) -> Timestamp;

    /// What has passed since some moment before the process began. Nobody sets this clock, and it goes on while the machine sleeps: what
    /// holds for a span of it has ended when the machine wakes up later.
    fn running(&self) -> Duration;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system clock")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn running(&self) -> Duration {
        // Of the systems that have no such clock, those of Apple let the other one go on in sleep.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;
        clock_gettime(CLOCK).map(Duration::from).unwrap_or_default()
    }
}
