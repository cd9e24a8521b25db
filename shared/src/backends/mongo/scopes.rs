//! The sources that a discard may be about.

use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::documents::{self, limit};
use super::operation::all;
use crate::entry::{Scope, Source};
use crate::ports::PortError;
use crate::request::SourceId;

/// A page of them, in order of id; the ids are those of sources, so that each query is one walk along an index.
pub(super) async fn page(
    sources: &Collection<Document>,
    scope: &Scope,
    after: Option<&SourceId>,
    most: usize,
) -> Result<(Vec<Source>, Option<SourceId>), PortError> {
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
        Scope::Unknown => return Ok((Vec::new(), None)),
    }
    if !ids.is_empty() {
        filter.insert("_id", ids);
    }
    let page = all(sources.find(filter).sort(doc! { "_id": 1 }).limit(limit(most))).await?;
    let page: Vec<Source> = page.into_iter().map(documents::read).collect::<Result<_, _>>()?;
    let next = page.last().map(|source| source.id.clone()).filter(|_| page.len() == most);
    Ok((page, next))
}
