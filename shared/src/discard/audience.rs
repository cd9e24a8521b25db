//! Whom a discard has still to reach. Pure: decided by what is read of the register after the commit, and by what replicas say.

use std::collections::BTreeSet;

use crate::entry::Position;
use crate::jobs::ReplicaId;
use crate::ports::Replica;

/// The replicas that may answer with what a discard outdates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audience {
    position: Position,
    first: Option<Vec<Replica>>,
    heard: BTreeSet<ReplicaId>,
}

impl Audience {
    /// That of a discard at `position`, which is committed.
    #[must_use]
    pub const fn of(position: Position) -> Self {
        Self { position, first: None, heard: BTreeSet::new() }
    }

    /// The register was read, after the commit. Answers whether the discard has reached all that are in it.
    pub fn see(&mut self, all: Vec<Replica>) -> bool {
        let has_applied =
            |replica: &Replica| replica.position.as_ref().is_some_and(|own| own.covers(&self.position));
        let behind: Vec<Replica> = all.into_iter().filter(|replica| !has_applied(replica)).collect();
        let reached = behind.iter().all(|replica| self.heard.contains(&replica.id));
        self.first.get_or_insert(behind);
        reached
    }

    /// A replica says how far it has applied the ledger. Answers whether the discard has reached all that were in the register: nobody can
    /// enter it afterwards without reading of it.
    pub fn hear(&mut self, replica: ReplicaId, own: &Position) -> bool {
        if own.covers(&self.position) {
            self.heard.insert(replica);
        }
        self.first.as_ref().is_some_and(|first| first.iter().all(|replica| self.heard.contains(&replica.id)))
    }

    /// Those that were behind when the register was read first, as it had them then, and have not been heard since. When a lease has passed since the
    /// commit they hold none, and are to be [retired](crate::ports::Replicas::retire).
    pub fn silent(&self) -> impl Iterator<Item = &Replica> {
        self.first.iter().flatten().filter(|replica| !self.heard.contains(&replica.id))
    }
}
