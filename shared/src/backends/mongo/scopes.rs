//! The sources that a discard may be about.

use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::documents::{self, limit};
use super::operation::all;
use crate::entry::Scope;
use crate::ports::{PortError, SourcesPage};
use crate::request::SourceId;

/// A page of them, in order of id; the ids are those of sources, so that each query is one walk along an index.
pub(super) async fn page(
    sources: &Collection<Document>,
    scope: &Scope,
    after: Option<&SourceId>,
    most: usize,
) -> Result<SourcesPage, PortError> {
    let mut ids = after.map_or_else(Document::new, |id| doc! { "$gt": id.as_str() });
    let mut filter = Document::new();
    match scope {
        Scope::Source(id) => drop(ids.insert("$eq", id.as_str())),
        Scope::Prefix(prefix) => drop(filter.insert("host", doc! { "$in": prefix.hosts() })),
        Scope::Host(host) => drop(filter.insert("host", doc! { "$in": host.spellings() })),
        Scope::Tag(tag) => {
            let (first, beyond) = tag.ids();
            ids.insert("$gte", first);
            ids.insert("$lt", beyond);
        }
        Scope::Everything => {}
        Scope::Unknown => return Ok(SourcesPage::default()),
    }
    if !ids.is_empty() {
        filter.insert("_id", ids);
    }
    read_page(sources, filter, most).await
}

/// A page of those that a filter finds.
pub(super) async fn read_page(
    sources: &Collection<Document>,
    filter: Document,
    most: usize,
) -> Result<SourcesPage, PortError> {
    let found = all(sources.find(filter).sort(doc! { "_id": 1 }).limit(limit(most))).await?;
    documents::readable(found)?.told("sources").in_order(most)
}
