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
use commit::Commits;

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
        let Appended::At(position) = self.commits.commit(scopes.clone()).await? else {
            return Ok(Discarded::TooManyOpen);
        };
        Ok(Discarded::Committed(self.tell(position, scopes, ears)))
    }

    /// Tells the replicas of a change of blocks that is written already. When that is acknowledged, all go by it.
    ///
    /// # Errors
    /// The catalog cannot be reached. It may or may not be told; repeating it is safe.
    pub async fn tell_blocks(&self) -> Result<Committed, PortError> {
        let ears = self.notifier.nudges();
        let position = self.catalog.tell_blocks().await?;
        Ok(self.tell(position, Vec::new(), ears))
    }

    fn tell(&self, position: Position, scopes: Vec<Scope>, ears: Nudges) -> Committed {
        let at = Instant::now();
        let (notifier, nudge) =
            (Arc::clone(&self.notifier), Nudge::Discarded { position: position.clone(), scopes });
        // Who is not told reads the ledger all the same, a little later.
        Lifecycle::spawn_detached(async move {
            if let Err(cause) = notifier.nudge(&nudge).await {
                tracing::debug!(%cause, "replicas were not told of a discard");
            }
        });
        Committed { position, at, ears }
    }

    /// Discards a source, whether anybody has seen it or not, whole: when this returns, its document tells it and nobody answers with what was
    /// made before. Answers the position, or `None` when too many discards are open.
    ///
    /// What a crash leaves after the commit: an open rule, by which every look-up judges, and which the next render of the source or
    /// the job that a scheduler submits works off.
    ///
    /// # Errors
    /// The catalog cannot be reached. The source may or may not be discarded; repeating it is safe.
    pub async fn discard_source(&self, source: &SourceId) -> Result<Option<Seq>, PortError> {
        let Discarded::Committed(committed) = self.commit(vec![Scope::Source(source.clone())]).await? else {
            return Ok(None);
        };
        let at = committed.position.seq;
        self.carry_out(committed, std::slice::from_ref(source), at, &[at]).await;
        Ok(Some(at))
    }

    /// Switches sources to what was prepared since `below`, all by one write: what was made of them before counts no more, and nobody answers
    /// with it when this returns. Answers whether there was room for it.
    ///
    /// What a crash leaves after the commit: as of [`discard_source`](Self::discard_source).
    ///
    /// # Errors
    /// The catalog cannot be reached. The switch may or may not be committed; repeating it is safe.
    pub async fn switch(&self, sources: &[SourceId], below: Seq) -> Result<bool, PortError> {
        let scopes: Vec<Scope> = sources.iter().cloned().map(Scope::Source).collect();
        let ears = self.notifier.nudges();
        let Appended::At(position) = self.catalog.append_below(&scopes, below, self.most_open).await? else {
            return Ok(false);
        };
        let last = position.seq.get();
        let first = last - i64::try_from(scopes.len()).unwrap_or(i64::MAX) + 1;
        let rules: Vec<Seq> = (first..=last).map(Seq::new).collect();
        let committed = self.tell(position, scopes, ears);
        self.carry_out(committed, sources, below, &rules).await;
        Ok(true)
    }

    /// Writes what was committed into the documents of its sources and closes its rules, while it is waited for the acknowledgement.
    async fn carry_out(&self, committed: Committed, sources: &[SourceId], below: Seq, rules: &[Seq]) {
        let work_off = async {
            self.catalog.outdate(sources, below).await?;
            self.catalog.close(rules).await
        };
        let ((), worked_off) = tokio::join!(self.acknowledged(committed), work_off);
        if let Err(cause) = worked_off {
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
            let committed = Committed { position, at: Instant::now(), ears: self.notifier.nudges() };
            self.acknowledged(committed).await;
        }
    }
}
