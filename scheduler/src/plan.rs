//! The table of periodic jobs.

use std::time::Duration;

use imcaxy_shared::jobs::{Check, Housekeeping, JobKind};
use imcaxy_shared::ports::Tick;

use crate::Scheduler;

/// One periodic job.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    /// Its name, in the catalog and in the administration.
    pub name: &'static str,
    /// The time between two ticks.
    pub interval: Duration,
    /// When a tick is needed.
    pub need: Need,
    /// The job of one tick.
    pub job: fn(Tick) -> JobKind,
}

/// When a tick of a schedule is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Always,
    /// When sources are due: with nothing to check there is no job.
    Sources,
}

/// All of them.
pub(crate) fn plan(scheduler: &Scheduler) -> Vec<Schedule> {
    let housekeeping = Schedule {
        name: "housekeeping",
        interval: Duration::from_secs(3600),
        need: Need::Always,
        job: |tick| JobKind::Housekeeping(Housekeeping { tick: tick.0 }),
    };
    let check = Schedule {
        name: "check",
        // A look that comes a little early is not to wait for the next one.
        interval: scheduler.pause() / 2,
        need: Need::Sources,
        job: |_| JobKind::Check(Check { revalidation: None }),
    };
    let mut plan = vec![housekeeping];
    plan.extend(scheduler.checks.map(|_| check));
    plan
}
