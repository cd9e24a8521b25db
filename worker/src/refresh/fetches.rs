//! What a refresh fetches: each since it began, and waiting where it is other bytes than a source has.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::sync::{Mutex, MutexGuard, PoisonError};

use imcaxy_shared::entry::{Digest, Ledger, MadeFrom, NextPicture, Preparing, Source, SourceRef};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;
use tokio::time::sleep;

use super::{Came, ROOM, Round, Unready, away};
use crate::discarded::discard;
use crate::fetch::{Fetched, Records, Target, fetch};
use crate::keep::Needs;
use crate::source::{discarded_before, work_off};

/// The fetches for one source, and for what its variants are made from besides.
pub(super) struct Fetches<'a> {
    round: Round<'a>,
    /// Read after the refresh began.
    ledger: Ledger,
    /// What is refreshed.
    source: SourceId,
    /// What pictures that wait were made from, now or before.
    made_from: Mutex<BTreeMap<SourceId, Digest>>,
}

impl<'a> Fetches<'a> {
    pub(super) const fn new(round: Round<'a>, ledger: Ledger, source: SourceId) -> Self {
        Self { round, ledger, source, made_from: Mutex::new(BTreeMap::new()) }
    }

    /// Fetches a target, or takes what was fetched since the refresh began, and has it wait.
    pub(super) async fn fetch(&self, target: Target<'_>) -> Result<Fetched, Unready> {
        let parts = self.round.parts;
        self.admit(target.source).await?;
        let needs = Needs { want: self.round.since, after: None, ledger: &self.ledger };
        let stamp = self.ledger.seq;
        let fetched = parts.keep.get(target, needs, || fetch(parts, target, stamp, Records::Documents)).await;
        let fetched = fetched.map_err(|unfetched| Unready::Failed(unfetched.failure.clone()))?;
        if fetched.private {
            return Err(Unready::Private(fetched.hops));
        }
        match self.wait(&fetched).await? {
            None => {
                // Where an earlier discard has outdated what is there, it would be answered at once.
                if let Some(discarded) = discarded_before(slice::from_ref(&fetched), &self.ledger) {
                    parts.discards.reached(discarded).await;
                }
                self.are_made_from(&fetched.hops);
                Ok(fetched)
            }
            Some(came) => {
                parts.keep.forget(target.url).await;
                Err(Unready::Came(came))
            }
        }
    }

    /// Refuses to ask for something else than what is refreshed: of parameters that are left out of its URL nothing is known any more.
    async fn admit(&self, source: &SourceRef) -> Result<(), Unready> {
        let parts = self.round.parts;
        if parts.ignored.is_empty() {
            return Ok(());
        }
        let known = parts.catalog.known_sources(slice::from_ref(&source.id)).await;
        let known = known.map_err(|cause| away(&cause))?;
        let standing =
            known.sources.first().and_then(|known| known.standing(self.ledger.newest_against([source])));
        if standing.is_some_and(|standing| standing.can_be_asked_about(&parts.ignored)) {
            return Ok(());
        }
        let message = "the source was fetched with parameters that sources.ignore_query leaves out, and cannot be without";
        Err(Unready::Failed(Failure::new(FailureCode::SourceForbidden, message)))
    }

    /// The last hop first, as for a render. What came of the source where these cannot wait.
    async fn wait(&self, fetched: &Fetched) -> Result<Option<Came>, Unready> {
        let parts = self.round.parts;
        let hops: Vec<SourceRef> = fetched.hops.iter().map(SourceRef::from).collect();
        work_off(parts, &self.ledger, &hops).await.map_err(|cause| away(&cause))?;
        for (hop, validator) in fetched.hops.iter().zip(&fetched.validators).rev() {
            let (since, stamp, now) = (self.round.since, fetched.stamp, parts.clock.now());
            let prepared =
                parts.catalog.prepare_bytes(&hop.id, &hop.digest, validator, since, stamp, now).await;
            let came = match prepared.map_err(|cause| away(&cause))? {
                Preparing::Same | Preparing::Waiting => continue,
                Preparing::Differs => self.changed_again(hop).await.map_err(|cause| away(&cause))?,
                // Nothing that was made of it before that discard is answered.
                Preparing::TooLate => Came::Left,
            };
            if hop.id == self.source && came != Came::NotYet {
                return Ok(Some(came));
            }
            // Of what it redirects to, or is marked with: that is discarded by now, and is fetched anew.
            sleep(ROOM).await;
            return Ok(Some(Came::NotYet));
        }
        Ok(None)
    }

    /// It has changed while other bytes wait, or since the refresh began: a discard outdates them, and what was prepared from them.
    async fn changed_again(&self, source: &MadeFrom) -> Result<Came, PortError> {
        tracing::info!(source = source.url, "a source has changed while it was refreshed");
        let discarded = discard(self.round.parts, &source.id).await?;
        Ok(discarded.map_or(Came::NotYet, |_| Came::Switched { changed: Some(true) }))
    }

    /// A picture waits already, from an earlier run of the same refresh.
    pub(super) fn waits(&self, next: &NextPicture) {
        self.are_made_from(&next.sources);
    }

    fn are_made_from(&self, made_from: &[MadeFrom]) {
        self.made_from().extend(made_from.iter().map(|made| (made.id.clone(), made.digest.clone())));
    }

    /// The source, and those whose bytes wait that were used for what waits.
    pub(super) async fn to_switch(&self) -> Result<Vec<SourceId>, PortError> {
        let made_from = self.made_from().clone();
        let ids: Vec<SourceId> = made_from.keys().cloned().collect();
        let known = self.round.parts.catalog.known_sources(&ids).await?;
        let wait = |source: &Source| {
            let next = source.next.as_ref().map(|next| &next.digest.value);
            next.is_some() && next == made_from.get(&source.id)
        };
        let mut all: BTreeSet<SourceId> =
            known.sources.into_iter().filter(wait).map(|source| source.id).collect();
        all.insert(self.source.clone());
        Ok(all.into_iter().collect())
    }

    fn made_from(&self) -> MutexGuard<'_, BTreeMap<SourceId, Digest>> {
        self.made_from.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
