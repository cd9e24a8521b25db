//! When the master is looked for again. Pure.

use std::time::Duration;

use crate::backoff::Backoff;

/// How long a Redis that cannot be reached is left alone.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(50), longest: Duration::from_secs(2) };
/// A connection that was lost sooner than this did not help; after two in a row there are pauses, as after failures to
/// connect.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// What went wrong in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Retry {
    /// Tries that failed since there was a connection, and connections in a row that did not help, the first of them
    /// excepted.
    failures: u32,
    /// Connections in a row that were lost at once.
    short_lives: u32,
}

impl Retry {
    /// A connection was opened. Whether it helps is not known yet.
    pub(super) const fn opened(&mut self) {
        self.failures = 0;
    }

    /// A connection was lost that had lived for so long; answers the pause before the next try.
    pub(super) fn lost(&mut self, lived: Duration) -> Duration {
        self.short_lives = if lived < SHORT_LIFE { self.short_lives.saturating_add(1) } else { 0 };
        self.failures = self.short_lives.saturating_sub(1);
        self.pause()
    }

    /// Nothing could be opened; answers the pause before the next try.
    pub(super) fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.pause()
    }

    fn pause(self) -> Duration {
        self.failures.checked_sub(1).map_or(Duration::ZERO, |before| BACKOFF.after(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Event {
        Opened,
        LostAfter(u64),
        Failed,
    }

    #[test]
    fn pauses_grow_with_failures_and_with_connections_that_do_not_help() {
        use Event::{Failed, LostAfter, Opened};

        let mut retry = Retry::default();
        for (step, (event, expected)) in [
            (Failed, 50),
            (Failed, 100),
            (Failed, 200),
            (Opened, 0),
            (LostAfter(5_000), 0),
            (Failed, 50),
            (Opened, 0),
            (LostAfter(999), 0),
            (Opened, 0),
            (LostAfter(999), 50),
            (Failed, 100),
            (Opened, 0),
            (LostAfter(0), 100),
            (Opened, 0),
            (LostAfter(1_000), 0),
            (Opened, 0),
            (LostAfter(0), 0),
        ]
        .into_iter()
        .enumerate()
        {
            let pause = match event {
                Opened => {
                    retry.opened();
                    Duration::ZERO
                }
                LostAfter(millis) => retry.lost(Duration::from_millis(millis)),
                Failed => retry.failed(),
            };
            assert_eq!(pause, Duration::from_millis(expected), "step {step}");
        }
    }
}
