//! The register of replicas. The file belongs to one process, which is its only replica, and whose end ends all that it answered from memory:
//! nothing of it is written down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::SqliteCatalog;
use crate::entry::Position;
use crate::jobs::ReplicaId;
use crate::ports::{PortError, Replica, Replicas};
use crate::time::Timestamp;

/// The register. A clone is another handle to it.
#[derive(Clone, Default)]
pub(super) struct Register(Arc<Mutex<BTreeMap<ReplicaId, Replica>>>);

impl Register {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ReplicaId, Replica>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Replicas for SqliteCatalog {
    async fn enter(&self, replica: &ReplicaId, now: Timestamp) -> Result<(), PortError> {
        let new = Replica { id: replica.clone(), position: None, beats: 0, seen_at: now };
        self.register.all().entry(replica.clone()).or_insert(new);
        Ok(())
    }

    async fn beat(
        &self,
        replica: &ReplicaId,
        position: &Position,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let mut all = self.register.all();
        let Some(own) = all.get_mut(replica) else { return Ok(false) };
        (own.position, own.beats, own.seen_at) = (Some(position.clone()), own.beats + 1, now);
        Ok(true)
    }

    async fn all(&self) -> Result<Vec<Replica>, PortError> {
        Ok(self.register.all().values().cloned().collect())
    }

    async fn retire(&self, seen: &Replica) -> Result<bool, PortError> {
        let mut all = self.register.all();
        let unmoved = all.get(&seen.id).is_some_and(|own| own.beats == seen.beats);
        Ok(unmoved && all.remove(&seen.id).is_some())
    }

    async fn leave(&self, replica: &ReplicaId) -> Result<(), PortError> {
        self.register.all().remove(replica);
        Ok(())
    }
}
