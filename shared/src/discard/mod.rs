//! Making discards, and knowing when nobody answers any more with what they outdate.
//!
//! [`Discards::commit`] is the discard itself: one write to the ledger. [`Discards::acknowledged`] returns when no replica answers with what
//! was made before: each that is registered has said that it has applied the discard, or has had no lease for it since. What follows (documents,
//! deletions) is left to a job, and nobody waits for it.

mod acknowledge;
mod commit;

use std::sync::Arc;

use tokio::time::Instant;

use crate::entry::{Position, Scope};
use crate::jobs::Nudge;
use crate::lifecycle::Lifecycle;
use crate::ports::{Appended, Catalog, Notifier, Nudges, PortError, REPLICA_LEASE, Replicas};
use commit::Commits;

/// Makes discards for one process.
pub struct Discards {
    commits: Arc<Commits>,
    replicas: Arc<dyn Replicas>,
    notifier: Arc<dyn Notifier>,
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
        Self { commits: Arc::new(Commits::new(catalog, most_open)), replicas, notifier }
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
        let at = Instant::now();
        let (notifier, nudge) =
            (Arc::clone(&self.notifier), Nudge::Discarded { position: position.clone(), scopes });
        // Who is not told reads the ledger all the same, a little later.
        Lifecycle::spawn_detached(async move {
            if let Err(cause) = notifier.nudge(&nudge).await {
                tracing::debug!(%cause, "replicas were not told of a discard");
            }
        });
        Ok(Discarded::Committed(Committed { position, at, ears }))
    }

    /// Returns when no request that begins from now on is answered with what `committed` outdates, at the latest after a lease. Dropping it
    /// changes nothing.
    pub async fn acknowledged(&self, committed: Committed) {
        acknowledge::acknowledged(&*self.replicas, committed, REPLICA_LEASE).await;
    }
}
