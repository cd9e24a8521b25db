//! Which replicas answer from memory, and how far each has followed the ledger.

use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::entry::Position;
use crate::jobs::ReplicaId;
use crate::time::Timestamp;

/// The register of replicas. A discard is acknowledged when all who are in it have applied it.
#[async_trait]
pub trait Replicas: Send + Sync {
    /// Enters a replica, each time under a name of its own; once more is fine. What it reads of the ledger after this has returned tells it of
    /// every discard whose maker did not find it here.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be entered.
    async fn enter(&self, replica: &ReplicaId, now: Timestamp) -> Result<(), PortError>;

    /// Says that a replica has applied the ledger as it was at `position`. False when it is not in the register: then it must not
    /// answer from memory before it has entered it and read the ledger again.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn beat(&self, replica: &ReplicaId, position: &Position, now: Timestamp)
    -> Result<bool, PortError>;

    /// All that are in the register: each whose entering had returned when a discard was committed is seen after that discard.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn all(&self) -> Result<Vec<Replica>, PortError>;

    /// Removes a replica that has said nothing since it was `seen` so; false when it has, or when it is gone already.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be removed.
    async fn retire(&self, seen: &Replica) -> Result<bool, PortError>;

    /// Removes a replica, which answers from memory no more. The absent is fine.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn leave(&self, replica: &ReplicaId) -> Result<(), PortError>;
}

/// How long a replica answers from memory without asking, counted from before the read of the ledger that it was last sure of. Whoever has
/// committed a discard knows after this long that nobody answers with what it outdates.
pub const REPLICA_LEASE: Duration = Duration::from_secs(3);

/// One replica.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    /// Its name.
    pub id: ReplicaId,
    /// What it has applied; `None` before its first beat.
    pub position: Option<Position>,
    /// How often it has said so.
    pub beats: i64,
    /// When it last did, by its own clock; when it entered, before its first beat.
    pub seen_at: Timestamp,
}
