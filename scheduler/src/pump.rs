//! From the outbox into the queue.

use std::time::Duration;

use imcaxy_shared::jobs::{JobKind, Priority};
use imcaxy_shared::ports::{OutboxItem, PortError};

use crate::Scheduler;

/// How much upkeep may wait in the queue after a look: mass work trickles in.
const MOST: u64 = 100;
/// So much is taken whatever waits: renewals must not hold up deletions, which make room.
const LEAST: usize = 10;
/// How long a job has to close its item before another is made of it.
const HOLD: Duration = Duration::from_secs(300);

/// Puts what is due into the queue; answers how much. Nothing is closed here: who does the job closes its item.
///
/// What a crash leaves after an item is held, and after its job is submitted: an item that is due again after [`HOLD`]. A job that
/// is then made of it joins the first one if it is still alive.
pub(crate) async fn pump(scheduler: &Scheduler) -> Result<usize, PortError> {
    let waiting = scheduler.queue.depth(Priority::Upkeep).await?;
    let room = usize::try_from(MOST.saturating_sub(waiting)).unwrap_or_default().max(LEAST);
    let due = scheduler.outbox.due(scheduler.clock.now(), room, HOLD).await?;
    let mut submitted = 0;
    for item in due {
        match submit(scheduler, &item).await {
            Ok(()) => submitted += 1,
            // It is due again, and does not keep the others.
            Err(cause) => {
                tracing::error!(item = %item.id, %cause, "an item of the outbox was not put into the queue")
            }
        }
    }
    Ok(submitted)
}

async fn submit(scheduler: &Scheduler, item: &OutboxItem) -> Result<(), PortError> {
    let kind = JobKind::read(&item.payload.text).map_err(|cause| PortError::unusable("outbox", cause))?;
    scheduler.submit(kind).await
}
