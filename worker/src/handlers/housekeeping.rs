//! What is over is removed.

use std::time::Duration;

use futures::future::try_join_all;
use imcaxy_shared::entry::Day;
use imcaxy_shared::ports::{AuditLine, EndedState, PortError, Revalidation};
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;

/// How long each part of it may take; all of them are done in less than an attempt.
const BUDGET: Duration = Duration::from_secs(10);
/// Source documents that are looked at together.
const PAGE: usize = 100;
/// Ended jobs, or numbers of uses, that are removed together.
const FORGOTTEN_AT_ONCE: usize = 1000;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Each part may be done by several at once, and what one of them does not reach, the next run does.
pub(super) async fn housekeeping(parts: &Parts) -> Result<(), PortError> {
    let now = parts.clock.now();
    let failures = parts.catalog.forget_failures(now.minus(parts.lives.kept()), now).await?;
    let jobs = forget_jobs(parts).await?;
    tracing::info!(failures, jobs, "removed failures and jobs past their time");
    let days = forget_days(parts).await?;
    tracing::info!(days, "removed numbers of uses by day past their time");
    let records = forget_records(parts).await?;
    tracing::info!(records, "removed revalidations and lines of the audit past their time");
    let removed = sweep(parts).await?;
    tracing::info!(removed, "removed source documents without entries");
    Ok(())
}

/// Removes ended jobs that have been kept for long enough; answers how many.
async fn forget_jobs(parts: &Parts) -> Result<u64, PortError> {
    let end = Instant::now() + BUDGET;
    let mut jobs = 0;
    for state in EndedState::ALL {
        let before = parts.clock.now().minus(kept_for(state));
        while Instant::now() < end {
            let forgotten = parts.history.forget(&[state], before, FORGOTTEN_AT_ONCE).await?;
            jobs += forgotten;
            if forgotten < FORGOTTEN_AT_ONCE as u64 {
                break;
            }
        }
    }
    Ok(jobs)
}

/// Removes the uses of days that have been kept for long enough; answers how many numbers that were.
async fn forget_days(parts: &Parts) -> Result<u64, PortError> {
    let Some(kept) = parts.keep_days else { return Ok(0) };
    let end = Instant::now() + BUDGET;
    let before = Day::of(parts.clock.now().minus(kept));
    let mut days = 0;
    while Instant::now() < end {
        let forgotten = parts.usage.forget_days(before, FORGOTTEN_AT_ONCE).await?;
        days += forgotten;
        if forgotten < FORGOTTEN_AT_ONCE as u64 {
            break;
        }
    }
    Ok(days)
}

/// Removes what was written down of revalidations and calls for long enough; answers how much.
async fn forget_records(parts: &Parts) -> Result<u64, PortError> {
    let now = parts.clock.now();
    let end = Instant::now() + BUDGET;
    let mut records = 0;
    while Instant::now() < end {
        let before = now.minus(DAY * Revalidation::KEPT_DAYS);
        let revalidations = parts.revalidations.forget_revalidations(before, FORGOTTEN_AT_ONCE).await?;
        let lines = parts.audit.forget(now.minus(DAY * AuditLine::KEPT_DAYS), FORGOTTEN_AT_ONCE).await?;
        records += revalidations + lines;
        if revalidations.max(lines) < FORGOTTEN_AT_ONCE as u64 {
            break;
        }
    }
    Ok(records)
}

/// How long a job that ended so is kept: what was done is of use for a day, what was not for a week.
const fn kept_for(state: EndedState) -> Duration {
    match state {
        EndedState::Done => DAY,
        EndedState::Failed | EndedState::Dead => DAY.saturating_mul(7),
    }
}

/// Goes over the sources, a page at a time, for [`BUDGET`] at most; answers how many were removed. It begins somewhere else
/// each time and comes round to where it began: ids are hashes, so that however many there are, each has its turn.
async fn sweep(parts: &Parts) -> Result<usize, PortError> {
    let before = parts.clock.now().minus(parts.scan_min_age);
    let end = Instant::now() + BUDGET;
    let start = SourceId::of(&rand::random::<u128>().to_string());
    let mut removed = 0;
    let (mut after, mut round) = (Some(start.clone()), false);
    while Instant::now() < end {
        let (unused, next) = parts.catalog.unused_sources(after.as_ref(), before, PAGE).await?;
        try_join_all(unused.iter().map(|source| parts.catalog.remove_source(source))).await?;
        removed += unused.len();
        match next {
            Some(next) if round && next >= start => break,
            Some(next) => after = Some(next),
            None if round => break,
            None => (after, round) = (None, true),
        }
    }
    Ok(removed)
}
