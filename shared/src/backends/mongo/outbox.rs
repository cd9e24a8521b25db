//! The outbox: one document an item, `{ pv, payload, not_before, created_at, next_at, set_at }`. `next_at` is when it
//! is due, at first or again, and `set_at` the instant at which that was decided.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::{Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, instant, left_out, limit};
use super::operation::{all, insert_all_new, run, unusable};
use crate::backends::readable::{LeftOut, Readable};
use crate::jobs::{PAYLOAD_VERSION, Payload};
use crate::ports::{LEFT_ALONE, OUTBOX_SKEW, Outbox, OutboxId, OutboxItem, PortError};
use crate::time::Timestamp;

#[async_trait]
impl Outbox for MongoCatalog {
    async fn put(&self, items: &[OutboxItem]) -> Result<(), PortError> {
        insert_all_new(&self.outbox, items.iter().map(written).collect()).await
    }

    async fn due(&self, now: Timestamp, most: usize, hold: Duration) -> Result<Vec<OutboxItem>, PortError> {
        let mut given = Vec::new();
        for (field, passed) in
            [("next_at", doc! { "$lte": date(now) }), ("set_at", doc! { "$gt": date(now.plus(OUTBOX_SKEW)) })]
        {
            let wanted = most.saturating_sub(given.len());
            if wanted == 0 {
                break;
            }
            let mut filter = doc! { "pv": i64::from(PAYLOAD_VERSION) };
            filter.insert(field, passed.clone());
            let found = all(self.outbox.find(filter).sort(doc! { field: 1 }).limit(limit(wanted))).await?;
            let found = found.iter().map(|document| (left_out(document), read(document)));
            let found = Readable::of(found)?.told("outbox");
            self.leave_alone(&found.left_out, doc! { field: passed }, now).await?;
            for seen in found.items {
                // A server may answer with what was written after it had chosen the document.
                if seen.is_due(now) && self.hold(&seen, now, hold).await? {
                    given.push(seen.item);
                }
            }
        }
        Ok(given)
    }

    async fn close(&self, id: &OutboxId) -> Result<(), PortError> {
        run(self.outbox.delete_one(doc! { "_id": id.as_str() })).await?;
        Ok(())
    }
}

impl MongoCatalog {
    /// Holds an item as it was seen; false when somebody else was first.
    async fn hold(&self, seen: &Seen, now: Timestamp, hold: Duration) -> Result<bool, PortError> {
        let Seen { item, next_at, set_at } = seen;
        let unmoved = doc! { "_id": item.id.as_str(), "next_at": date(*next_at), "set_at": date(*set_at) };
        Ok(run(self.outbox.update_one(unmoved, held(now, hold))).await?.matched_count == 1)
    }

    /// Holds those that cannot be read, which nobody can do, as far as they are `due` still.
    async fn leave_alone(
        &self,
        those: &[LeftOut],
        mut due: Document,
        now: Timestamp,
    ) -> Result<(), PortError> {
        if !those.is_empty() {
            let ids: Vec<&str> = those.iter().map(|it| it.id.as_str()).collect();
            due.insert("_id", doc! { "$in": ids });
            run(self.outbox.update_many(due, held(now, LEFT_ALONE))).await?;
        }
        Ok(())
    }
}

/// An item, and when it is due.
struct Seen {
    item: OutboxItem,
    next_at: Timestamp,
    set_at: Timestamp,
}

impl Seen {
    fn is_due(&self, now: Timestamp) -> bool {
        self.next_at <= now || self.set_at > now.plus(OUTBOX_SKEW)
    }
}

fn held(now: Timestamp, hold: Duration) -> Document {
    doc! { "$set": { "next_at": date(now.plus(hold)), "set_at": date(now) } }
}

fn written(item: &OutboxItem) -> Document {
    doc! {
        "_id": item.id.as_str(),
        "v": VERSION,
        "pv": i64::from(item.payload.version),
        "payload": item.payload.text.as_str(),
        "not_before": date(item.not_before),
        "created_at": date(item.created_at),
        "next_at": date(item.not_before),
        "set_at": date(item.created_at),
    }
}

fn read(document: &Document) -> Result<Seen, PortError> {
    let item = OutboxItem {
        id: OutboxId::from_store(document.get_str("_id").map_err(unusable)?.to_owned()),
        payload: Payload {
            version: document.get_i64("pv").map_err(unusable)?.try_into().map_err(unusable)?,
            text: document.get_str("payload").map_err(unusable)?.to_owned(),
        },
        not_before: instant(document, "not_before")?,
        created_at: instant(document, "created_at")?,
    };
    Ok(Seen { item, next_at: instant(document, "next_at")?, set_at: instant(document, "set_at")? })
}
