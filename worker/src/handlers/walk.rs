//! Going over the sources of a revalidation, from where its record stands.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Scope, Seq, Source, SourceRef};
use imcaxy_shared::ports::{
    Counts, FailedSource, Mode, PortError, Progress, Revalidation, RevalidationState, SourcesPage, Tally,
};
use imcaxy_shared::request::SourceId;

use crate::Parts;
use crate::check::{self, Behalf, Silences, check};
use crate::hold::Hold;
use crate::outcomes::Done;
use crate::refresh::{self, Round, refresh_all};
use crate::spell::Spell;

/// Sources that are gone over together.
const PAGE: usize = 100;
/// After how long it is written down how far a check is, at the latest when the sources that are being asked about have answered.
const SLICE: Duration = Duration::from_secs(10);

/// What is done with each source.
#[derive(Clone, Copy)]
pub(super) enum Deed<'a> {
    /// On whose behalf.
    Check(Behalf),
    /// On a claim, with what is fetched since a position.
    Refresh(&'a Hold, Seq),
}

/// Goes over the sources of a revalidation until all are done or it is time to stop, and finishes it when all are done.
///
/// What a crash leaves after a page was done: a revalidation that stands before it, and sources that are done once more. Where a page breaks
/// off, what came of its beginning is written down.
///
/// # Errors
/// The catalog, the outbox or the record cannot be reached.
pub(super) async fn walk(
    parts: &Arc<Parts>,
    revalidation: Revalidation,
    deed: Deed<'_>,
    spell: &Spell,
) -> Result<(), PortError> {
    let Revalidation { id, mode, progress: Some(mut progress), mut tally, state, .. } = revalidation else {
        return Ok(());
    };
    if state != RevalidationState::Running {
        return Ok(());
    }
    let silences = Silences::default();
    loop {
        let SourcesPage { sources, unreadable, next } = page(parts, &progress).await?;
        let is_left = |id: &SourceId| !progress.ahead.contains(id);
        let left: Vec<Source> = sources.into_iter().filter(|source| is_left(&source.id)).collect();
        let unreadable: Vec<SourceRef> = unreadable.into_iter().filter(|one| is_left(&one.id)).collect();
        let many = left.len() + unreadable.len();
        let Done { mut done, broke } = deed.done(parts, left, &mut tally, &silences, spell).await?;
        for source in unreadable {
            tally.counts.checked += 1;
            tally.counts.failed += 1;
            tally.failures.add(FailedSource::new(&source.url, "what is known of the source cannot be read"));
            done.insert(source.id);
        }
        let is_whole = done.len() == many;
        if is_whole && next.is_none() {
            let now = parts.clock.now();
            return parts.revalidations.finish(&id, outcome(mode, &tally.counts), &tally, now).await;
        }
        let step = progress.step + 1;
        let advanced = if is_whole {
            Progress { after: next, ahead: Vec::new(), step, ..progress.clone() }
        } else {
            let ahead = progress.ahead.iter().cloned().chain(done).collect();
            Progress { ahead, step, ..progress.clone() }
        };
        let is_ours = parts.revalidations.advance(&id, &advanced, &tally).await?;
        if let Some(cause) = broke {
            return Err(cause);
        }
        // Somebody else goes on with it.
        if !is_ours || spell.is_over() {
            return Ok(());
        }
        progress = advanced;
    }
}

impl Deed<'_> {
    /// Does it with some, and adds up what became of them.
    async fn done(
        self,
        parts: &Arc<Parts>,
        sources: Vec<Source>,
        tally: &mut Tally,
        silences: &Silences,
        spell: &Spell,
    ) -> Result<Done, PortError> {
        match self {
            Self::Check(behalf) => {
                let slice = spell.slice(SLICE);
                let checked = check(parts, sources, behalf, silences, &slice).await?;
                check::count(tally, checked.each());
                Ok(checked.done())
            }
            Self::Refresh(hold, since) => {
                let refreshed = refresh_all(Round { parts, hold, since, spell }, sources).await;
                refresh::count(tally, refreshed.each());
                Ok(refreshed.done())
            }
        }
    }
}

/// A refresh of which nothing came has failed: everybody is answered as before. That a check could ask nobody is what it has found.
fn outcome(mode: Mode, counts: &Counts) -> RevalidationState {
    let came_of_nothing = counts.discarded == 0 && counts.failed + counts.gone > 0;
    match mode {
        Mode::Refresh if came_of_nothing => RevalidationState::Failed,
        _ => RevalidationState::Done,
    }
}

/// The next sources of a revalidation, in order of id, and where to go on.
async fn page(parts: &Parts, progress: &Progress) -> Result<SourcesPage, PortError> {
    let after = progress.after.as_ref();
    let named: Vec<SourceId> = progress.scopes.iter().filter_map(source_of).cloned().collect();
    if let [scope] = progress.scopes.as_slice()
        && named.is_empty()
    {
        let mut page = parts.catalog.sources_about(scope, after, PAGE).await?;
        page.sources.retain(|source| scope.matches(source));
        page.unreadable.retain(|source| scope.matches(source));
        return Ok(page);
    }
    let left = named.into_iter().filter(|id| after.is_none_or(|after| id > after));
    let page: Vec<SourceId> = left.take(PAGE).collect();
    let next = page.last().cloned().filter(|_| page.len() == PAGE);
    Ok(SourcesPage { next, ..parts.catalog.known_sources(&page).await? })
}

const fn source_of(scope: &Scope) -> Option<&SourceId> {
    match scope {
        Scope::Source(id) => Some(id),
        _ => None,
    }
}
