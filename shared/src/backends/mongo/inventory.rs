//! Lists of sources and variants.

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::{Bson, DateTime, Document, doc};

use super::documents::limit;
use super::operation::{all, run};
use super::{MongoCatalog, documents};
use crate::entry::{Entry, Source};
use crate::ports::{Among, Inventory, Page, PortError, Rank, SourceOrder, VariantOrder};
use crate::request::SourceId;

/// Comes after every character of a URL.
const BEYOND: char = '\u{10ffff}';

/// A field, and whether it holds instants.
struct Field {
    name: &'static str,
    is_date: bool,
}

#[async_trait]
impl Inventory for MongoCatalog {
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, PortError> {
        let found = run(self.sources.find_one(doc! { "_id": id.as_str() })).await?;
        found.map(documents::read).transpose()
    }

    async fn sources(&self, among: &Among, page: &Page<SourceOrder>) -> Result<Vec<Source>, PortError> {
        let is_date = !matches!(page.order, SourceOrder::Uses | SourceOrder::Bytes);
        let field = Field { name: page.order.name(), is_date };
        let chosen = chosen(among);
        let list = |most| list(&self.sources, &chosen, &field, page.after.as_ref(), most);
        documents::page("sources", page.limit, list).await
    }

    async fn variants(&self, source: &SourceId, page: &Page<VariantOrder>) -> Result<Vec<Entry>, PortError> {
        let (name, is_date) = match page.order {
            VariantOrder::Uses => ("uses", false),
            VariantOrder::Bytes => ("size", false),
            VariantOrder::LastUsedAt => ("last_used_at", true),
            VariantOrder::CreatedAt => ("created_at", true),
        };
        let (chosen, field) = (doc! { "sources.id": source.as_str() }, Field { name, is_date });
        let list = |most| list(&self.entries, &chosen, &field, page.after.as_ref(), most);
        documents::page("entries", page.limit, list).await
    }
}

fn chosen(among: &Among) -> Document {
    let between = |(first, beyond): (&str, String)| doc! { "$gte": first, "$lt": beyond };
    match among {
        Among::All => doc! {},
        Among::Prefix(prefix) => doc! { "url": between((prefix, format!("{prefix}{BEYOND}"))) },
        Among::Host(host) => doc! { "host": host.as_str() },
        Among::Tag(tag) => doc! { "_id": between(tag.ids()) },
    }
}

/// What has no such field comes last, and is asked for by a query of its own: no comparison with a value finds it.
async fn list(
    collection: &Collection<Document>,
    chosen: &Document,
    field: &Field,
    after: Option<&Rank>,
    most: i64,
) -> Result<Vec<Document>, PortError> {
    let mut found = Vec::new();
    for part in parts(field, after) {
        let wanted = most - limit(found.len());
        if wanted <= 0 {
            break;
        }
        let filter: Vec<Document> =
            [chosen.clone(), part].into_iter().filter(|one| !one.is_empty()).collect();
        let filter = if filter.is_empty() {
            doc! {}
        } else {
            doc! { "$and": filter }
        };
        let greatest_first = doc! { field.name: -1, "_id": -1 };
        found.extend(all(collection.find(filter).sort(greatest_first).limit(wanted)).await?);
    }
    Ok(found)
}

fn parts(field: &Field, after: Option<&Rank>) -> Vec<Document> {
    let name = field.name;
    match after {
        None => vec![doc! {}],
        Some(Rank { number: None, id }) => vec![doc! { name: Bson::Null, "_id": { "$lt": id.as_str() } }],
        Some(Rank { number: Some(number), id }) => {
            let value = if field.is_date {
                Bson::DateTime(DateTime::from_millis(*number))
            } else {
                Bson::Int64(*number)
            };
            let less = doc! { name: { "$lt": value.clone() } };
            let beside = doc! { name: value, "_id": { "$lt": id.as_str() } };
            vec![doc! { "$or": [less, beside] }, doc! { name: Bson::Null }]
        }
    }
}
