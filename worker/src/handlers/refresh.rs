//! Refreshing the sources of a revalidation.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Position, Seq};
use imcaxy_shared::jobs::Refresh;
use imcaxy_shared::ports::{PortError, RevalidationState};

use super::walk::{Deed, walk};
use crate::Parts;
use crate::hold::Hold;

/// How long it may take: less than an attempt, with a render that was begun just before. What is left is gone on with.
const BUDGET: Duration = Duration::from_secs(30);

pub(super) async fn refresh_sources(parts: &Arc<Parts>, hold: &Hold, job: &Refresh) -> Result<(), PortError> {
    let spell = hold.spell(BUDGET);
    let Some(revalidation) = parts.revalidations.revalidation(&job.revalidation).await? else {
        return Ok(());
    };
    let since = revalidation.progress.as_ref().and_then(|progress| progress.since.as_ref());
    let Some(since) = position(parts, since).await? else {
        // It was begun before a restore: nothing tells what was fetched since.
        let (state, now) = (RevalidationState::Failed, parts.clock.now());
        return parts.revalidations.finish(&revalidation.id, state, &revalidation.tally, now).await;
    };
    walk(parts, revalidation, Deed::Refresh(hold, since), &spell).await
}

/// Where a refresh began, if it began in this ledger.
async fn position(parts: &Parts, since: Option<&Position>) -> Result<Option<Seq>, PortError> {
    let ledger = parts.catalog.ledger().await?;
    Ok(since.filter(|since| since.incarnation == ledger.incarnation).map(|since| since.seq))
}
