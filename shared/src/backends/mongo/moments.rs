//! Documents that are listed by when they were, the last first.

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

use super::documents::{self, Stored, date, limit};
use super::operation::{all, run};
use crate::ports::{Moment, PortError};
use crate::time::Timestamp;

/// A page of them; `field` is when they were.
pub(super) async fn latest<T: Stored>(
    collection: &Collection<Document>,
    field: &'static str,
    after: Option<&Moment>,
    most: usize,
) -> Result<Vec<T>, PortError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let earlier = |after: &Moment| {
        let at = date(after.at);
        let beside = doc! { field: at, "_id": { "$lt": after.id.as_str() } };
        doc! { "$or": [{ field: { "$lt": at } }, beside] }
    };
    let found = collection.find(after.map_or_else(Document::new, earlier));
    let found = all(found.sort(doc! { field: -1, "_id": -1 }).limit(limit(most))).await?;
    found.into_iter().map(documents::read).collect()
}

/// Removes some that were before `before`.
pub(super) async fn forget(
    collection: &Collection<Document>,
    field: &'static str,
    before: Timestamp,
    most: usize,
) -> Result<u64, PortError> {
    if most == 0 {
        return Ok(0);
    }
    let over = collection.find(doc! { field: { "$lt": date(before) } });
    let found = all(over.projection(doc! { "_id": 1 }).limit(limit(most))).await?;
    let ids: Vec<Bson> = found.into_iter().filter_map(|mut one| one.remove("_id")).collect();
    Ok(run(collection.delete_many(doc! { "_id": { "$in": ids } })).await?.deleted_count)
}
