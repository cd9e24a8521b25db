//! The entries that were made from some sources.

use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::documents;
use super::operation::all;
use crate::entry::Seq;
use crate::ports::{Made, PortError};
use crate::request::SourceId;

/// Some of those whose stamp is below `below`.
pub(super) async fn before(
    entries: &Collection<Document>,
    sources: &[SourceId],
    below: Seq,
    most: usize,
) -> Result<Vec<Made>, PortError> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
    let filter = doc! { "sources.id": { "$in": ids }, "stamp": { "$lt": below.get() } };
    let find =
        |most| all(entries.find(filter.clone()).projection(doc! { "object": 1, "size": 1 }).limit(most));
    documents::page("entries", most, find).await
}
