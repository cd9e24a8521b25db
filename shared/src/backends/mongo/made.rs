//! The entries that were made from some sources.

use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::documents::{self, limit};
use super::operation::all;
use crate::entry::Seq;
use crate::ports::{Made, PortError};
use crate::request::{CacheKey, SourceId};

/// A page of those whose stamp is below `below`, in order of key. Those that are found by their sources are sorted by the server, which keeps
/// no more of them than the page holds.
pub(super) async fn page(
    entries: &Collection<Document>,
    sources: &[SourceId],
    below: Seq,
    after: Option<&CacheKey>,
    most: usize,
) -> Result<(Vec<Made>, Option<CacheKey>), PortError> {
    if sources.is_empty() || most == 0 {
        return Ok((Vec::new(), None));
    }
    let ids: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
    let mut filter = doc! { "sources.id": { "$in": ids }, "stamp": { "$lt": below.get() } };
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.as_str() });
    }
    let found = entries.find(filter).projection(doc! { "object": 1, "size": 1 }).sort(doc! { "_id": 1 });
    let page = all(found.limit(limit(most))).await?.into_iter().map(documents::read);
    let page = page.collect::<Result<Vec<Made>, _>>()?;
    let next = page.last().map(|made| made.key.clone()).filter(|_| page.len() == most);
    Ok((page, next))
}
