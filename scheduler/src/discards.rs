//! Discards that are open are worked off, whoever made them and whatever became of the job that was to do it.

use imcaxy_shared::entry::Scope;
use imcaxy_shared::jobs::Job;
use imcaxy_shared::ports::PortError;

use crate::Scheduler;

/// Puts the job into the queue when some are open; one that is alive already is joined.
pub(crate) async fn look(scheduler: &Scheduler) -> Result<(), PortError> {
    let ledger = scheduler.catalog.ledger().await?;
    // What only a newer version can read stays open until one runs.
    if ledger.open().any(|rule| rule.scope != Scope::Unknown) {
        scheduler.submit_for(&Job::discard(), ledger.seq).await?;
    }
    Ok(())
}
