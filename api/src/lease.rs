//! The lease: how lately this process must have read the ledger to answer, while the catalog is away, what it has confirmed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::App;

/// A catalog that was found away later than this after the last read of the ledger may have taken discards that were not heard of here.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Between the beginnings of two reads. With the time after which a question counts as in vain it leaves the lease half a second.
const PACE: Duration = Duration::from_millis(500);

/// Reads the ledger whether somebody asks for something or not, until it is time to stop.
pub(crate) fn renew(app: &Arc<App>) {
    let renewing = Arc::clone(app);
    app.lifecycle.spawn(async move {
        tokio::select! {
            () = read_on(&renewing) => {}
            () = renewing.lifecycle.stopping() => {}
        }
    });
}

/// Whether the lease was held when the catalog was found away at `away`, by a read of the ledger that began at `read`.
pub(crate) fn was_held(read: Instant, away: Instant) -> bool {
    away.saturating_duration_since(read) <= LEASE
}

async fn read_on(app: &App) {
    let mut due = interval(PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        // While the catalog is away this asks nothing: who looks for its return reads. It says in the log that it is.
        let _read = app.catalog.ask(Duration::ZERO, app.ledger.next()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_is_held_when_the_ledger_was_read_shortly_before_the_catalog_was_found_away_or_since() {
        let read = Instant::now();
        assert!(was_held(read, read) && was_held(read, read + LEASE));
        assert!(was_held(read + LEASE, read), "it was read as it came back");
        assert!(!was_held(read, read + LEASE + Duration::from_millis(1)));
    }
}
