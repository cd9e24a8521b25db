//! Checking sources: those that are due, or those of a revalidation.

use std::time::Duration;

use imcaxy_shared::entry::{Scope, Source};
use imcaxy_shared::jobs::Check;
use imcaxy_shared::ports::{Counts, PortError, Progress, Revalidation, RevalidationState};
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;
use crate::check::{Behalf, Came, check, count};

/// How long it may take: less than an attempt, whatever is set. What is left is gone on with.
const BUDGET: Duration = Duration::from_secs(30);
/// Sources that are checked together.
const PAGE: usize = 100;

pub(super) async fn check_sources(parts: &Parts, job: &Check) -> Result<(), PortError> {
    let until = Instant::now() + BUDGET;
    match &job.revalidation {
        None => check_due(parts, until).await,
        Some(id) => check_all_of(parts, id, until).await,
    }
}

/// Checks what is due, the most used first. Each is planned anew, so that it is not found again.
async fn check_due(parts: &Parts, until: Instant) -> Result<(), PortError> {
    let mut counts = Counts::default();
    while Instant::now() < until {
        let now = parts.clock.now();
        let due = parts.catalog.due(now, parts.rhythm.horizon(now), PAGE).await?;
        if due.is_empty() {
            break;
        }
        let came = check(parts, due, Behalf::Scan, until).await?;
        count(&mut counts, came.into_iter().map(|(_, came)| came));
    }
    let Counts { checked, changed, gone, failed, discarded, .. } = counts;
    tracing::info!(checked, changed, gone, failed, discarded, "checked sources that were due");
    Ok(())
}

/// Checks the sources of a revalidation from where it stands, and finishes it when all are checked.
///
/// What a crash leaves after a page was checked: a revalidation that stands before it, and sources that are checked once more.
async fn check_all_of(parts: &Parts, id: &str, until: Instant) -> Result<(), PortError> {
    let found = parts.revalidations.revalidation(id).await?;
    let Some(Revalidation { progress: Some(mut progress), mut counts, .. }) =
        found.filter(|one| one.state == RevalidationState::Running)
    else {
        return Ok(());
    };
    loop {
        let (page, next) = page(parts, &progress).await?;
        let left = page.into_iter().filter(|source| !progress.ahead.contains(&source.id)).collect();
        let came = check(parts, left, Behalf::Call, until).await?;
        count(&mut counts, came.iter().map(|(_, came)| *came));
        let is_whole = came.iter().all(|(_, came)| *came != Came::NotYet);
        if is_whole && next.is_none() {
            let now = parts.clock.now();
            return parts.revalidations.finish(id, RevalidationState::Done, &counts, now).await;
        }
        progress.step += 1;
        if is_whole {
            (progress.after, progress.ahead) = (next, Vec::new());
        } else {
            let done = came.into_iter().filter(|(_, came)| *came != Came::NotYet);
            progress.ahead.extend(done.map(|(id, _)| id));
        }
        // Else somebody goes on with it already.
        let is_ours = parts.revalidations.advance(id, &progress, &counts).await?;
        if !is_ours || Instant::now() >= until {
            return Ok(());
        }
    }
}

/// The next sources of a revalidation, in order of id, and where to go on.
async fn page(parts: &Parts, progress: &Progress) -> Result<(Vec<Source>, Option<SourceId>), PortError> {
    let after = progress.after.as_ref();
    let named: Vec<SourceId> = progress.scopes.iter().filter_map(source_of).cloned().collect();
    if let [scope] = progress.scopes.as_slice()
        && named.is_empty()
    {
        let (page, next) = parts.catalog.sources_about(scope, after, PAGE).await?;
        return Ok((page.into_iter().filter(|source| scope.matches(source)).collect(), next));
    }
    let left = named.into_iter().filter(|id| after.is_none_or(|after| id > after));
    let page: Vec<SourceId> = left.take(PAGE).collect();
    let next = page.last().cloned().filter(|_| page.len() == PAGE);
    Ok((parts.catalog.known_sources(&page).await?, next))
}

const fn source_of(scope: &Scope) -> Option<&SourceId> {
    match scope {
        Scope::Source(id) => Some(id),
        _ => None,
    }
}
