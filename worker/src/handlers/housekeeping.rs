//! Removing source documents that no entry names.

use imcaxy_shared::jobs::Housekeeping;
use imcaxy_shared::ports::{Claim, PortError};

use super::{Outcome, unavailable};
use crate::Parts;

/// Documents that are looked at with one query.
const PAGE: usize = 100;

pub(super) async fn housekeeping(parts: &Parts, claim: &Claim, _job: &Housekeeping) -> Outcome {
    match sweep(parts).await {
        Ok(removed) => {
            tracing::info!(removed, "removed source documents without entries");
            Outcome::done(claim.want)
        }
        Err(cause) => Outcome::failed(claim.want, unavailable(&cause)),
    }
}

/// Goes over all sources, a page at a time; answers how many were removed. Breaking off loses nothing: the next tick
/// goes over them again.
async fn sweep(parts: &Parts) -> Result<u64, PortError> {
    let before = parts.clock.now().minus(parts.scan_min_age);
    let mut removed = 0;
    let mut after = None;
    loop {
        let (unused, next) = parts.catalog.unused_sources(after.as_ref(), before, PAGE).await?;
        for source in &unused {
            parts.catalog.remove_source(source).await?;
            removed += 1;
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(removed),
        }
    }
}
