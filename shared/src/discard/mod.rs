//! Making discards, and knowing when nobody answers any more with what they outdate.
//!
//! [`Discards::commit`] is the discard itself: one write to the ledger. [`Discards::acknowledged`] returns when no replica answers with what
//! was made before: each that is registered has said that it has applied the discard, or has had no lease for it since. What follows (documents,
//! deletions) is left to a job, and nobody waits for it.

mod acknowledge;
mod audience;
mod commit;
mod tenure;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::entry::{Position, Scope, Seq};
use crate::jobs::Nudge;
use crate::lifecycle::Lifecycle;
use crate::ports::{Appended, Catalog, Notifier, Nudges, PortError, REPLICA_LEASE, Replicas};
use crate::request::SourceId;
use crate::time::Timestamp;
use commit::{Commits, Placed};

pub use audience::Audience;
pub use tenure::Tenure;

/// Makes discards for one process.
pub struct Discards {
    catalog: Arc<dyn Catalog>,
    commits: Arc<Commits>,
    most_open: usize,
    replicas: Arc<dyn Replicas>,
    notifier: Arc<dyn Notifier>,
    /// The newest that is known to have reached all.
    reached: Mutex<Option<Position>>,
}

/// What became of discards.
pub enum Discarded {
    /// They are in the ledger.
    Committed(Committed),
    /// Nothing has happened: too many discards are not worked off yet.
    TooManyOpen,
}

/// Discards that are in the ledger, and that some replica may not have heard of yet.
pub struct Committed {
    /// The position of the last of them.
    pub position: Position,
    /// What is below is outdated: those that share a write outdate the same.
    below: Seq,
    at: Instant,
    /// Opened before the commit, so that no answer to it is missed.
    ears: Nudges,
}

impl Discards {
    /// Discards in the ledger of `catalog`, no more than `most_open` at a time.
    #[must_use]
    pub fn new(
        catalog: Arc<dyn Catalog>,
        replicas: Arc<dyn Replicas>,
        notifier: Arc<dyn Notifier>,
        most_open: usize,
    ) -> Self {
        let commits = Arc::new(Commits::new(Arc::clone(&catalog), most_open));
        Self { catalog, commits, most_open, replicas, notifier, reached: Mutex::default() }
    }

    /// Commits discards, all or none of them, together with those that others ask for at the same time, and tells the replicas.
    ///
    /// # Errors
    /// The catalog cannot be reached. They may or may not be committed; repeating it is safe.
    pub async fn commit(&self, scopes: Vec<Scope>) -> Result<Discarded, PortError> {
        let ears = self.notifier.nudges();
        let Some(placed) = self.commits.commit(scopes.clone()).await? else {
            return Ok(Discarded::TooManyOpen);
        };
        Ok(Discarded::Committed(self.tell(placed, scopes, ears)))
    }

    /// Tells the replicas of a change of blocks that is written already. When that is acknowledged, all go by it.
    ///
    /// # Errors
    /// The catalog cannot be reached. It may or may not be told; repeating it is safe.
    pub async fn tell_blocks(&self) -> Result<Committed, PortError> {
        let ears = self.notifier.nudges();
        let position = self.catalog.tell_blocks().await?;
        let below = Seq::ZERO;
        Ok(self.tell(Placed { position, below }, Vec::new(), ears))
    }

    fn tell(&self, placed: Placed, scopes: Vec<Scope>, ears: Nudges) -> Committed {
        let (at, Placed { position, below }) = (Instant::now(), placed);
        let (notifier, nudge) =
            (Arc::clone(&self.notifier), Nudge::Discarded { position: position.clone(), scopes });
        // Who is not told reads the ledger all the same, a little later.
        Lifecycle::spawn_detached(async move {
            if let Err(cause) = notifier.nudge(&nudge).await {
                tracing::debug!(%cause, "replicas were not told of a discard");
            }
        });
        Committed { position, below, at, ears }
    }

    /// Discards a source, whether anybody has seen it or not, whole: when this returns, its document tells it and nobody answers with what was
    /// made before. Answers what is outdated by it, or `None` when too many discards are open.
    ///
    /// What a crash leaves after the commit: an open rule, by which every look-up judges, and which the next render of the source or
    /// the job that a scheduler submits works off.
    ///
    /// # Errors
    /// The catalog cannot be reached. The source may or may not be discarded; repeating it is safe.
    pub async fn discard_source(&self, source: &SourceId, now: Timestamp) -> Result<Option<Seq>, PortError> {
        let Discarded::Committed(committed) = self.commit(vec![Scope::Source(source.clone())]).await? else {
            return Ok(None);
        };
        let (at, below) = (committed.position.seq, committed.below);
        let (sources, rules) = (std::slice::from_ref(source), [at]);
        tokio::join!(self.acknowledged(committed), self.write(sources, below, &rules, now));
        Ok(Some(below))
    }

    /// Switches sources to what was prepared since `below`, all by one write: what was made of them before counts no more, and nobody answers
    /// with it when this returns. Answers what was outdated by it, or `None` when there was no room for it.
    ///
    /// What was prepared counts when the documents tell of the switch, which they do only when it has reached all: else one would answer with that
    /// while another who has not heard of it answers with what was there before.
    ///
    /// What a crash leaves after the commit: an open rule, by which nothing of the sources counts, neither what was nor what was prepared, until
    /// whoever looks for one of their pictures or works off what is open has waited and written it down.
    ///
    /// # Errors
    /// The catalog cannot be reached. The switch may or may not be committed; repeating it is safe.
    pub async fn switch(
        &self,
        sources: &[SourceId],
        below: Seq,
        now: Timestamp,
    ) -> Result<Option<Seq>, PortError> {
        let scopes: Vec<Scope> = sources.iter().cloned().map(Scope::Source).collect();
        let ears = self.notifier.nudges();
        let Appended::At(position) = self.catalog.append_below(&scopes, below, self.most_open).await? else {
            return Ok(None);
        };
        let last = position.seq;
        let first = last.get() - i64::try_from(scopes.len()).unwrap_or(i64::MAX) + 1;
        let rules: Vec<Seq> = (first..=last.get()).map(Seq::new).collect();
        // As the rules have it, whatever the ledger was when `below` was taken.
        let below = below.min(last);
        self.acknowledged(self.tell(Placed { position, below }, scopes, ears)).await;
        self.write(sources, below, &rules, now).await;
        Ok(Some(below))
    }

    /// Writes what was committed into the documents of its sources, and closes its rules.
    async fn write(&self, sources: &[SourceId], below: Seq, rules: &[Seq], now: Timestamp) {
        let written = async {
            self.catalog.outdate(sources, below, now).await?;
            self.catalog.close(rules).await
        };
        if let Err(cause) = written.await {
            tracing::warn!(sources = sources.len(), below = below.get(), %cause, "a discard was left open");
        }
    }

    /// Returns when no request that begins from now on is answered with what `committed` outdates, at the latest after a lease. Dropping it
    /// changes nothing.
    pub async fn acknowledged(&self, committed: Committed) {
        let position = committed.position.clone();
        acknowledge::acknowledged(&*self.replicas, committed, REPLICA_LEASE).await;
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if !reached.as_ref().is_some_and(|known| known.covers(&position)) {
            *reached = Some(position);
        }
    }

    /// The same for discards of others, up to `position`, that were read in the ledger. What is known to have reached all is not asked about again.
    pub async fn reached(&self, position: Position) {
        let known = self.reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !known.is_some_and(|known| known.covers(&position)) {
            let (below, at, ears) = (position.seq, Instant::now(), self.notifier.nudges());
            self.acknowledged(Committed { position, below, at, ears }).await;
        }
    }
}
