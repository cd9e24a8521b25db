//! Checking what is due, a page at a time.

use std::time::Duration;

use imcaxy_shared::entry::{Scope, Source, take_turns};
use imcaxy_shared::ports::{Counts, PortError, Tally};
use imcaxy_shared::request::SourceId;

use super::{Behalf, Silences, check, count};
use crate::Parts;
use crate::spell::Spell;

/// Sources that are checked together, and how many of them are of one host at most.
const PAGE: usize = 500;
const OF_ONE_HOST: usize = 100;
/// How long a page may take: hosts that need longer are gone on with in the next, so that others do not wait for them.
const SLICE: Duration = Duration::from_secs(5);
/// Of how many a page is chosen: of those that have been due for the longest, and, where there may be more, of so many others.
const OLDEST: usize = 2000;
const OTHERS: usize = 2000;

/// Checks what is due until nothing is or it is time to stop. Each source is planned anew, so that it is not found again.
///
/// # Errors
/// The catalog or the outbox cannot be reached; some may be checked.
pub(crate) async fn check_due(parts: &Parts, spell: &Spell) -> Result<(), PortError> {
    let (mut tally, silences) = (Tally::default(), Silences::default());
    while !spell.is_over() {
        let page = next_page(parts).await?;
        if page.is_empty() {
            break;
        }
        let slice = spell.slice(SLICE);
        let checked = check(parts, page, Behalf::Scan, &silences, &slice).await?;
        count(&mut tally, checked.each());
        if let Some(cause) = checked.broke {
            return Err(cause);
        }
    }
    let Counts { checked, changed, gone, failed, discarded, .. } = tally.counts;
    tracing::info!(checked, changed, gone, failed, discarded, "checked sources that were due");
    Ok(())
}

async fn next_page(parts: &Parts) -> Result<Vec<Source>, PortError> {
    let now = parts.clock.now();
    let horizon = parts.rhythm.horizon(now);
    let mut due = parts.catalog.due(now, horizon, OLDEST).await?;
    if due.len() == OLDEST {
        // They may all be of a host that is not through with its own for a long time. Ids are hashes: from anywhere on, they are of anybody.
        let start = SourceId::of(&rand::random::<u128>().to_string());
        let others = parts.catalog.sources_about(&Scope::Everything, Some(&start), OTHERS).await?;
        due.extend(others.sources.into_iter().filter(|source| source.is_due(now, horizon)));
    }
    Ok(take_turns(due, PAGE, OF_ONE_HOST))
}
