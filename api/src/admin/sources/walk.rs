//! Going over the sources in order, for those that are in a state.

use imcaxy_shared::entry::{Source, SourceState};
use imcaxy_shared::ports::{Among, Inventory, Page, PortError, Rank, SourceOrder};

/// Sources that are read together where only some of them are wanted.
const TOGETHER: usize = 1_000;
/// How many of these are read for one answer. A state follows from a source's document and the time, so no index knows it; a page
/// may hold less than was asked for, and still not be the last.
const READS: usize = 20;

/// What is looked for.
pub(super) struct Wanted {
    pub among: Among,
    pub state: Option<SourceState>,
    pub order: SourceOrder,
    pub limit: usize,
}

/// What was found, and where to go on.
pub(super) struct Found {
    pub sources: Vec<Source>,
    pub next: Option<Rank>,
}

/// Finds up to `wanted.limit` sources after `after`.
pub(super) async fn walk(
    inventory: &dyn Inventory,
    wanted: &Wanted,
    mut after: Option<Rank>,
    state_of: impl Fn(&Source) -> SourceState,
) -> Result<Found, PortError> {
    let Wanted { among, state, order, limit } = wanted;
    let together = if state.is_some() { TOGETHER } else { *limit };
    let mut sources = Vec::new();
    for _ in 0..READS {
        let page = Page { order: *order, after: after.take(), limit: together };
        let read = inventory.sources(among, &page).await?;
        let is_last = read.len() < together;
        for source in read {
            let rank = order.rank(&source);
            if state.is_none_or(|state| state_of(&source) == state) {
                sources.push(source);
            }
            if sources.len() == *limit {
                return Ok(Found { sources, next: Some(rank) });
            }
            after = Some(rank);
        }
        if is_last {
            return Ok(Found { sources, next: None });
        }
    }
    Ok(Found { sources, next: after })
}
