//! What this process has used of the processor.

use std::time::Duration;

use imcaxy_testkit::KitError;
use nix::time::{ClockId, clock_gettime};

/// User and system time of all its threads, those that have ended among them, to the nanosecond.
pub fn own() -> Result<Duration, KitError> {
    let clock = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    Ok(clock.map_err(|error| KitError::io("read the clock of this process")(error.into()))?.into())
}
