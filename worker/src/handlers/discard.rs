//! Working off what is discarded.

use std::time::Duration;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::ports::PortError;
use tokio::time::Instant;

use crate::Parts;
use crate::rules::work_off_open;

/// How long it may take: less than an attempt.
const BUDGET: Duration = Duration::from_secs(60);

/// Works off all that is open; answers a position of the ledger up to which that is so. Who wanted more has it done once more.
pub(super) async fn discard(parts: &Parts) -> Result<Seq, PortError> {
    let worked_off = work_off_open(parts, Instant::now() + BUDGET).await?;
    tracing::info!(rules = worked_off.rules, all = worked_off.all, "worked off discards");
    Ok(if worked_off.all { worked_off.at } else { Seq::ZERO })
}
