//! Reading the ledger where a render begins.

use std::time::Duration;

use imcaxy_shared::entry::{Ledger, Seq};
use imcaxy_shared::jobs::{Failure, FailureCode};
use tokio::time::sleep;

use crate::Parts;
use crate::failure::of_store;

/// How often a ledger that is behind is read.
const MOST_READS: usize = 5;
/// The pause between two such reads.
const BEHIND: Duration = Duration::from_millis(200);

/// The ledger, at the position that is wanted at least, with the blocks that it tells of known here. Whoever wants it has read it there, so one
/// that is behind was restored or answered by a server that has not caught up.
///
/// # Errors
/// It cannot be read, or stays behind.
pub(crate) async fn ledger_at(parts: &Parts, want: Seq) -> Result<Ledger, Failure> {
    for _ in 0..MOST_READS {
        let ledger = parts.catalog.ledger().await.map_err(|cause| of_store(&cause))?;
        if ledger.seq >= want {
            parts.blocks.follow(&ledger).await.map_err(|cause| of_store(&cause))?;
            return Ok(ledger);
        }
        sleep(BEHIND).await;
    }
    tracing::warn!(%want, "the ledger is behind a discard that was seen in it");
    Err(Failure::new(FailureCode::Unavailable, "the catalog is behind what was asked for"))
}
