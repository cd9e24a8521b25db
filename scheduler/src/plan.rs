//! The table of periodic jobs.

use std::time::Duration;

use imcaxy_shared::jobs::{Housekeeping, JobKind};
use imcaxy_shared::ports::Tick;

/// One periodic job.
pub(crate) struct Schedule {
    /// Its name, in the catalog and in the administration.
    pub name: &'static str,
    /// The time between two ticks.
    pub interval: Duration,
    /// The job of one tick.
    pub job: fn(Tick) -> JobKind,
}

/// All of them.
pub(crate) const PLAN: &[Schedule] = &[Schedule {
    name: "housekeeping",
    interval: Duration::from_secs(3600),
    job: |tick| JobKind::Housekeeping(Housekeeping { tick: tick.0 }),
}];
