//! Discards that are open are worked off, whoever made them and whatever became of the job that was to do it.

use imcaxy_shared::entry::Scope;
use imcaxy_shared::jobs::Job;
use imcaxy_shared::ports::{Mode, PortError};

use crate::Scheduler;

/// Running revalidations that are looked at.
const MOST: usize = 1000;

/// Puts the job into the queue when some are open, or have no report; one that is alive already is joined.
pub(crate) async fn look(scheduler: &Scheduler) -> Result<(), PortError> {
    let ledger = scheduler.catalog.ledger().await?;
    // What only a newer version can read stays open until one runs.
    let is_open = ledger.open().any(|rule| rule.scope != Scope::Unknown);
    if is_open || is_unreported(scheduler).await? {
        scheduler.submit_for(&Job::discard(), ledger.seq).await?;
    }
    Ok(())
}

/// A discard may have been worked off before it was written down that it was asked for.
async fn is_unreported(scheduler: &Scheduler) -> Result<bool, PortError> {
    let running = scheduler.revalidations.running(MOST).await?;
    Ok(running.iter().any(|revalidation| revalidation.mode == Mode::Discard))
}
