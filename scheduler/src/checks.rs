//! Sources whose checks are due, and revalidations that are not finished.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Check, Job, JobKind, Refresh};
use imcaxy_shared::ports::{Mode, PortError};

use crate::Scheduler;

/// Revalidations that are gone on with at a look.
const MOST_RUNNING: usize = 1000;

/// Whether a source is due.
pub(crate) async fn are_due(scheduler: &Scheduler) -> Result<bool, PortError> {
    let now = scheduler.clock.now();
    scheduler.catalog.is_due(now, scheduler.rhythm.horizon(now)).await
}

/// Puts the jobs into the queue that go on with what was asked for; one that is alive already is joined.
pub(crate) async fn go_on(scheduler: &Scheduler) -> Result<(), PortError> {
    let all = scheduler.revalidations.running(MOST_RUNNING).await?;
    // One may have been worked off before it was written down that it was asked for: one job reports all of them.
    if all.iter().any(|running| running.mode == Mode::Discard) {
        scheduler.submit_for(&Job::discard(), Seq::ZERO).await?;
    }
    for running in all {
        match running.mode {
            Mode::Check => scheduler.submit(JobKind::Check(Check { revalidation: Some(running.id) })).await?,
            Mode::Refresh => scheduler.submit(JobKind::Refresh(Refresh { revalidation: running.id })).await?,
            Mode::Discard => {}
        }
    }
    Ok(())
}
