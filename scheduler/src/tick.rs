//! One look at one schedule.

use std::time::Duration;

use imcaxy_shared::ports::{PortError, Tick};

use crate::Scheduler;
use crate::checks;
use crate::plan::{Need, Schedule};

/// How long a scheduler has to enqueue a tick that it claimed, before another does it.
const GRACE: Duration = Duration::from_secs(60);

/// Enqueues the tick of `schedule`, if one is due and needed and nobody else has it.
///
/// What a crash leaves after the claim: the tick is given out again after [`GRACE`]; after the submission: the same, and
/// the second submission joins the first job or repeats it, which all of them allow.
pub(crate) async fn tick(scheduler: &Scheduler, schedule: &Schedule) -> Result<Option<Tick>, PortError> {
    if schedule.need == Need::Sources && !checks::are_due(scheduler).await? {
        return Ok(None);
    }
    let now = scheduler.clock.now();
    let claimed = scheduler.ticks.claim(schedule.name, schedule.interval, GRACE, now).await?;
    let Some(tick) = claimed else { return Ok(None) };
    scheduler.submit((schedule.job)(tick)).await?;
    scheduler.ticks.settle(schedule.name, tick).await?;
    Ok(Some(tick))
}
