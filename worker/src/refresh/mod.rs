//! Rendering again what was used lately of a source, beside what is answered, and switching to that.

mod fetches;
mod picture;

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use imcaxy_shared::entry::{Answered, MadeFrom, Seq, Source, SourceRef};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::ports::{FailedSource, Page, PortError, Tally, VariantOrder};
use imcaxy_shared::request::{SourceId, SourceUrl};
use imcaxy_shared::time::Timestamp;
use tokio::time::sleep;

use crate::Parts;
use crate::discarded::discard;
use crate::failure::of_store;
use crate::fetch::{Fetched, Target};
use crate::hold::Hold;
use crate::outcomes::{Outcome, Outcomes};
use crate::outdated::delete_outdated;
use crate::spell::Spell;
use fetches::Fetches;

/// Sources that are refreshed at the same time.
const SOURCES: usize = 2;
/// Variants of a source that are rendered at the same time: with those of the others no more than the places of one imaginary, for which
/// requests wait, too.
const RENDERS: usize = 2;
/// Variants that are read together.
const PAGE: usize = 100;
/// What was rendered within this time may have been used though no use is written down yet.
const UNWRITTEN: Duration = Duration::from_secs(600);
/// Between two tries to switch where too many discards are open.
const ROOM: Duration = Duration::from_millis(500);

/// What holds for all that is refreshed together.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub parts: &'a Arc<Parts>,
    /// On whose claim.
    pub hold: &'a Hold,
    /// What was fetched since this position takes the place of what was fetched before.
    pub since: Seq,
    /// While it may go on.
    pub spell: &'a Spell,
}

/// What became of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing that was made of it before counts any more; whether its bytes were others, where they were fetched.
    Switched { changed: Option<bool> },
    /// There is no such source. What was made of it stays, until a check has found out whether it is gone.
    Gone(FailedSource),
    /// It could not be fetched, or what was used of it not be rendered, and stays as it is.
    Failed(FailedSource),
    /// It was discarded since, or is refused.
    Left,
    /// There was no time for it, or no room for its switch.
    NotYet,
}

impl Outcome for Came {
    const NOT_YET: Self = Self::NotYet;
}

/// Why there is no switch.
#[derive(Debug)]
enum Unready {
    Came(Came),
    Failed(Failure),
    /// What is made of these must not be kept.
    Private(Vec<MadeFrom>),
}

/// Refreshes sources; answers what became of each, in any order.
///
/// The order of writes, and what a crash after each leaves: the bytes that wait: nobody has them before a switch, and others may take their place;
/// each picture and that it waits, as in [`crate::persist`]: what waits and was made from these bytes is not rendered again; the switch, which is
/// one write: it outdates what was there, and is an open discard, which who finds it works off, and then what waits counts; what it outdates, in
/// the outbox.
///
/// Where a store cannot be reached, what came of the others is told all the same.
pub(crate) async fn refresh_all(round: Round<'_>, sources: Vec<Source>) -> Outcomes<Came> {
    let came = sources.into_iter().map(|source| async move {
        let came = refresh(round, &source).await;
        (source.id, came)
    });
    let came: Vec<(SourceId, Result<Came, PortError>)> =
        stream::iter(came).buffer_unordered(SOURCES).collect().await;
    let mut all = Outcomes::default();
    for (source, came) in came {
        all.add(source, came);
    }
    all
}

async fn refresh(round: Round<'_>, source: &Source) -> Result<Came, PortError> {
    if round.spell.is_over() {
        return Ok(Came::NotYet);
    }
    let begun = SourceRefresh::begin(round, source).await?;
    let Some(mut refreshing) = begun else { return Ok(Came::Left) };
    match refreshing.prepare(source).await {
        Ok(now) => refreshing.switch(source, now).await,
        Err(Unready::Came(came)) => Ok(came),
        Err(Unready::Private(now)) => refreshing.discard(source, &now).await,
        Err(Unready::Failed(failure)) if failure.code == FailureCode::Unavailable => {
            Err(PortError::unavailable("a store", failure.message))
        }
        Err(Unready::Failed(failure)) => {
            tracing::info!(source = source.url, cause = failure.message, "a source could not be refreshed");
            let failed = FailedSource::new(&source.url, failure.message);
            Ok(if failure.code == FailureCode::SourceGone {
                Came::Gone(failed)
            } else {
                Came::Failed(failed)
            })
        }
    }
}

/// One source on its way to the switch.
struct SourceRefresh<'a> {
    round: Round<'a>,
    fetches: Fetches<'a>,
}

impl<'a> SourceRefresh<'a> {
    /// `None` where it is discarded since, or refused.
    async fn begin(round: Round<'a>, source: &Source) -> Result<Option<Self>, PortError> {
        let ledger = round.parts.catalog.ledger().await?;
        round.parts.blocks.follow(&ledger).await?;
        let named = SourceRef::from(source);
        let outdated = ledger.newest_against([&named]).max(source.discarded) > round.since;
        let refused = round.parts.blocks.against([&named]).is_some();
        Ok((!outdated && !refused)
            .then(|| Self { round, fetches: Fetches::new(round, ledger, source.id.clone()) }))
    }

    /// Has every variant wait that was used lately; answers what the source is now. Of one of which none was used nothing is asked.
    async fn prepare(&mut self, source: &Source) -> Result<Option<MadeFrom>, Unready> {
        let now = self.round.parts.clock.now();
        let window = self.round.parts.refresh_window;
        let mut fetched = None;
        let used_since = window.map(|window| now.minus(window));
        self.prepare_those(source, VariantOrder::LastUsedAt, used_since, &mut fetched).await?;
        if let Some(window) = window {
            let rendered_since = Some(now.minus(window.min(UNWRITTEN)));
            self.prepare_those(source, VariantOrder::CreatedAt, rendered_since, &mut fetched).await?;
        }
        Ok(fetched.and_then(|fetched| fetched.hops.into_iter().next()))
    }

    /// The variants of which that by which they are ordered was at `since` or later, or all.
    async fn prepare_those(
        &self,
        source: &Source,
        order: VariantOrder,
        since: Option<Timestamp>,
        fetched: &mut Option<Fetched>,
    ) -> Result<(), Unready> {
        let since = since.map(Timestamp::as_millis);
        let mut after = None;
        loop {
            if self.round.spell.is_over() {
                return Err(Unready::Came(Came::NotYet));
            }
            let page = Page { order, after: after.take(), limit: PAGE };
            let mut page =
                self.round.parts.inventory.variants(&source.id, &page).await.map_err(|cause| away(&cause))?;
            let is_whole = page.len() == PAGE;
            after = page.last().map(|entry| order.rank(entry));
            page.retain(|entry| since.is_none() || order.rank(entry).number >= since);
            let is_last = !is_whole || page.len() < PAGE;
            if !page.is_empty() {
                let fetched = match &*fetched {
                    Some(fetched) => fetched,
                    None => &*fetched.insert(self.fetch(source).await?),
                };
                let pictures = page
                    .into_iter()
                    .map(|entry| async move { self.prepare_picture(source, fetched, &entry).await });
                stream::iter(pictures).buffer_unordered(RENDERS).try_collect::<()>().await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn fetch(&self, source: &Source) -> Result<Fetched, Unready> {
        let url: SourceUrl = source.url.parse().map_err(|_| Unready::Came(Came::Left))?;
        let named = SourceRef::from(source);
        let target = Target { url: &url, source: &named, bound: self.round.parts.bounds.picture };
        self.fetches.fetch(target).await
    }

    /// One write for the source and for all whose bytes wait with its own. Then it is written down what was learnt of its origin.
    ///
    /// What a crash leaves in between: a source that counts as not asked, and is.
    async fn switch(self, source: &Source, now: Option<MadeFrom>) -> Result<Came, PortError> {
        let Round { parts, since, spell, .. } = self.round;
        let sources = self.fetches.to_switch().await?;
        loop {
            if let Some(below) = parts.discards.switch(&sources, since, parts.clock.now()).await? {
                delete_outdated(parts, &sources, below).await?;
                let Some(now) = now else { return Ok(Came::Switched { changed: None }) };
                return Ok(Came::Switched { changed: Some(self.learn(source, now, below).await) });
            }
            if spell.is_over_in(ROOM) {
                return Ok(Came::NotYet);
            }
            sleep(ROOM).await;
        }
    }

    /// Its origin does not want it kept any more: what was made of it before counts no more, and it is fetched for each who asks.
    async fn discard(self, source: &Source, now: &[MadeFrom]) -> Result<Came, PortError> {
        tracing::info!(source = source.url, "a source must not be kept any more");
        if discard(self.round.parts, &source.id).await?.is_none() {
            sleep(ROOM).await;
            return Ok(Came::NotYet);
        }
        Ok(Came::Switched { changed: Some(now.first().is_some_and(|now| is_other(source, now))) })
    }

    /// Writes down what the fetch has told of the origin, as a check would; answers whether it has other bytes than it had.
    async fn learn(&self, source: &Source, fetched: MadeFrom, below: Seq) -> bool {
        let parts = self.round.parts;
        let (now, changed) = (parts.clock.now(), is_other(source, &fetched));
        let answered = if changed { Answered::Other } else { Answered::Same };
        let (mut learnt, _) = source.after_check(answered, below, now, &parts.rhythm, rand::random::<f64>());
        learnt.changed = changed.then_some((now, fetched.digest));
        if let Err(cause) = parts.catalog.checked(source, &learnt).await {
            tracing::warn!(source = source.url, %cause, "what a refresh has learnt of a source is not written down");
        }
        changed
    }
}

/// Adds up what became of sources.
pub(crate) fn count<'a>(tally: &mut Tally, came: impl IntoIterator<Item = &'a Came>) {
    let Tally { counts, failures } = tally;
    for came in came {
        match came {
            Came::Switched { changed } => {
                counts.discarded += 1;
                let Some(changed) = changed else { continue };
                counts.changed += u64::from(*changed);
                counts.unchanged += u64::from(!changed);
            }
            // Neither is rendered again, which is what was asked for.
            Came::Gone(failed) => {
                counts.gone += 1;
                failures.add(failed.clone());
            }
            Came::Failed(failed) => {
                counts.failed += 1;
                failures.add(failed.clone());
            }
            Came::Left | Came::NotYet => continue,
        }
        counts.checked += 1;
    }
}

/// Whether a source had other bytes when they were known last: also before a discard.
fn is_other(source: &Source, now: &MadeFrom) -> bool {
    let last = source.digest.as_ref().map(|known| &known.value);
    source.has(source.discarded).or(last).is_some_and(|known| *known != now.digest)
}

fn away(cause: &PortError) -> Unready {
    Unready::Failed(of_store(cause))
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::ports::Counts;

    use super::*;

    #[test]
    fn what_became_of_sources_adds_up() {
        let mut tally = Tally { counts: Counts { checked: 1, ..Counts::default() }, ..Tally::default() };
        let [gone, failed] =
            ["it is gone", "it is away"].map(|cause| FailedSource::new("http://a.test/", cause));
        let came = [
            Came::Switched { changed: Some(true) },
            Came::Switched { changed: Some(false) },
            Came::Switched { changed: None },
            Came::Gone(gone.clone()),
            Came::Failed(failed.clone()),
            Came::Left,
            Came::NotYet,
        ];
        count(&mut tally, &came);
        let expected = Counts { checked: 5, changed: 1, gone: 1, failed: 1, unchanged: 1, discarded: 3 };
        assert_eq!((tally.counts, tally.failures.iter().collect()), (expected, vec![&gone, &failed]));
    }
}
