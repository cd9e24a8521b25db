//! Documents that are listed by when they were, the last first.

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

use super::documents::{self, Stored, date, limit};
use super::operation::{all, run};
use crate::ports::{Moment, PortError};
use crate::time::Timestamp;

/// A page of them, which are called `name`; `field` is when they were.
pub(super) async fn latest<T: Stored>(
    collection: &Collection<Document>,
    name: &'static str,
    field: &'static str,
    after: Option<&Moment>,
    most: usize,
) -> Result<Vec<T>, PortError> {
    let earlier = |after: &Moment| {
        let at = date(after.at);
        let beside = doc! { field: at, "_id": { "$lt": after.id.as_str() } };
        doc! { "$or": [{ field: { "$lt": at } }, beside] }
    };
    let earlier = after.map_or_else(Document::new, earlier);
    let last_first = doc! { field: -1, "_id": -1 };
    let find = |most| all(collection.find(earlier.clone()).sort(last_first.clone()).limit(most));
    documents::page(name, most, find).await
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
