//! Removing source documents that no entry names.

use std::time::Duration;

use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;

/// How long one sweep may take: less than an attempt.
const BUDGET: Duration = Duration::from_secs(30);
/// Documents that are looked at with one query.
const PAGE: usize = 100;

pub(super) async fn housekeeping(parts: &Parts) -> Result<(), PortError> {
    let removed = sweep(parts).await?;
    tracing::info!(removed, "removed source documents without entries");
    Ok(())
}

/// Goes over the sources, a page at a time, for [`BUDGET`] at most; answers how many were removed. It begins somewhere else
/// each time and comes round to where it began: ids are hashes, so that however many there are, each has its turn.
async fn sweep(parts: &Parts) -> Result<u64, PortError> {
    let before = parts.clock.now().minus(parts.scan_min_age);
    let end = Instant::now() + BUDGET;
    let start = SourceId::of(&rand::random::<u128>().to_string());
    let mut removed = 0;
    let (mut after, mut round) = (Some(start.clone()), false);
    while Instant::now() < end {
        let (unused, next) = parts.catalog.unused_sources(after.as_ref(), before, PAGE).await?;
        for source in &unused {
            parts.catalog.remove_source(source).await?;
            removed += 1;
        }
        match next {
            Some(next) if round && next >= start => break,
            Some(next) => after = Some(next),
            None if round => break,
            None => (after, round) = (None, true),
        }
    }
    Ok(removed)
}
