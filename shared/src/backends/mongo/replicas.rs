//! The register of replicas: one document each, `{ position: { incarnation, seq }, beats, seen_at }`.
//!
//! Who has committed a discard reads it on the primary, with majority: the primary that took the discard has every entry that was
//! acknowledged before, and a replica that enters at a later one reads a ledger that has the discard.

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, instant};
use super::operation::{all, insert_new, run, unusable};
use crate::entry::{Position, Seq};
use crate::jobs::ReplicaId;
use crate::ports::{PortError, Replica, Replicas};
use crate::time::Timestamp;

#[async_trait]
impl Replicas for MongoCatalog {
    async fn enter(&self, replica: &ReplicaId, now: Timestamp) -> Result<(), PortError> {
        let new = doc! { "_id": replica.as_str(), "v": VERSION, "beats": 0_i64, "seen_at": date(now) };
        insert_new(&self.replicas, new).await?;
        Ok(())
    }

    async fn beat(
        &self,
        replica: &ReplicaId,
        position: &Position,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let position = doc! { "incarnation": position.incarnation.as_str(), "seq": position.seq.get() };
        let beat = doc! {
            "$set": { "position": position, "seen_at": date(now) },
            "$inc": { "beats": 1_i64 },
        };
        // Never an upsert: who was retired must enter again.
        Ok(run(self.replicas.update_one(doc! { "_id": replica.as_str() }, beat)).await?.matched_count == 1)
    }

    async fn all(&self) -> Result<Vec<Replica>, PortError> {
        all(self.replicas.find(doc! {})).await?.iter().map(read).collect()
    }

    async fn retire(&self, seen: &Replica) -> Result<bool, PortError> {
        let unmoved = doc! { "_id": seen.id.as_str(), "beats": seen.beats };
        Ok(run(self.replicas.delete_one(unmoved)).await?.deleted_count == 1)
    }

    async fn leave(&self, replica: &ReplicaId) -> Result<(), PortError> {
        run(self.replicas.delete_one(doc! { "_id": replica.as_str() })).await?;
        Ok(())
    }
}

fn read(document: &Document) -> Result<Replica, PortError> {
    let position = document.get("position").and_then(Bson::as_document);
    let position = position.map(|position| -> Result<Position, PortError> {
        Ok(Position {
            incarnation: position.get_str("incarnation").map_err(unusable)?.to_owned(),
            seq: Seq::new(position.get_i64("seq").map_err(unusable)?),
        })
    });
    Ok(Replica {
        id: ReplicaId::from_queue(document.get_str("_id").map_err(unusable)?.to_owned()),
        position: position.transpose()?,
        beats: document.get_i64("beats").map_err(unusable)?,
        seen_at: instant(document, "seen_at")?,
    })
}
