//! What follows when a fetch brings other bytes than the document of its source holds.

use std::time::Duration;

use imcaxy_shared::entry::{Change, Ledger, MadeFrom, Seq};
use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::SourceId;
use tokio::time::sleep;

use crate::Parts;
use crate::discarded;
use crate::failure::of_store;
use crate::fetch::Fetched;
use crate::ledger::ledger_at;

/// How often it is looked whether another job has discarded a source whose change it had found first, and the pause between.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// What a render is to do whose bytes were not accepted.
pub(crate) enum Next {
    /// Fetch again: a discard that came meanwhile explains it, or nothing stands in the way any more.
    Again(Ledger),
    /// Fetch again: the source had changed, and was discarded for that.
    Changed(Ledger),
    /// Go on, and keep nothing: the source changes too often.
    Unsteady,
}

/// Finds out why bytes were not accepted, and discards the sources that have changed: each that is told [`Change::Found`], once.
///
/// What a crash leaves before a discard that was due: a note of the change. Who finds the same change discards it after a second, and
/// who finds another one within a minute keeps nothing.
///
/// # Errors
/// The catalog is away.
pub(crate) async fn settle(parts: &Parts, all: &[Fetched]) -> Result<Next, Failure> {
    let stamp = all.iter().map(|fetched| fetched.stamp).max().unwrap_or(Seq::ZERO);
    let ledger = ledger_at(parts, stamp).await?;
    let mut hops: Vec<(&MadeFrom, Seq)> = Vec::new();
    for fetched in all {
        hops.extend(fetched.hops.iter().map(|hop| (hop, fetched.stamp)));
    }
    if hops.iter().any(|(hop, stamp)| ledger.newest_against([*hop]) > *stamp) {
        return Ok(Next::Again(ledger));
    }
    let (mut changed, mut unsteady) = (Vec::new(), false);
    for (hop, stamp) in hops {
        let noted = parts.catalog.note_change(&hop.id, &hop.digest, stamp, parts.clock.now()).await;
        match noted.map_err(|cause| of_store(&cause))? {
            Change::Found => {
                tracing::info!(source = hop.url, "a source has changed");
                changed.push(discard(parts, &hop.id).await?);
            }
            Change::Known => changed.push(discarded_by_another(parts, hop, stamp).await?),
            Change::Unsteady => unsteady = true,
            Change::Over => {}
        }
    }
    Ok(match changed.iter().copied().collect::<Option<Vec<Seq>>>() {
        // Too many rules are open for another discard.
        None => Next::Unsteady,
        Some(_) if unsteady => Next::Unsteady,
        Some(at) if at.is_empty() => Next::Again(ledger_at(parts, ledger.seq).await?),
        Some(at) => Next::Changed(ledger_at(parts, at.into_iter().max().unwrap_or(ledger.seq)).await?),
    })
}

/// Waits until no replica answers with what was made before, so that variants of one source that are answered as hits were made from the
/// same bytes. The position of the discard; `None` when the ledger takes no more of them for now.
async fn discard(parts: &Parts, source: &SourceId) -> Result<Option<Seq>, Failure> {
    let at = discarded::discard(parts, source).await.map_err(|cause| of_store(&cause))?;
    if at.is_none() {
        tracing::warn!(%source, "a changed source is not discarded: too many discards are open");
    }
    Ok(at)
}

/// Waits for the discard of who found the change first, and does it itself if that does not come.
async fn discarded_by_another(parts: &Parts, source: &MadeFrom, stamp: Seq) -> Result<Option<Seq>, Failure> {
    for _ in 0..LOOKS {
        let newest = ledger_at(parts, stamp).await?.newest_against([source]);
        if newest > stamp {
            return Ok(Some(newest));
        }
        sleep(PAUSE).await;
    }
    discard(parts, &source.id).await
}
