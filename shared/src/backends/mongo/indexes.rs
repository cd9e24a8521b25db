//! Every index, and the shape of every query, declared in one place: a test holds the ones against the others. A query that
//! is added to the catalog is added here.

use std::collections::BTreeSet;
use std::fmt;

use futures::TryStreamExt as _;
use mongodb::bson::Document;
use mongodb::error::Result;
use mongodb::{Database, IndexModel};

use super::examine::is_absent;

/// One index beside that of `_id`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    /// The collection.
    collection: &'static str,
    /// The fields, in order, each ascending.
    fields: &'static [&'static str],
}

/// The shape of one query that the catalog makes.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
struct Query {
    /// What it is for.
    name: &'static str,
    /// The collection.
    collection: &'static str,
    /// Fields that are compared for equality (or with a list of values).
    equal: &'static [&'static str],
    /// The field by whose order the answer comes, or that is compared for more or less.
    ordered: Option<&'static str>,
}

/// What is created at start.
pub(super) const INDEXES: &[Index] = &[
    Index { collection: "entries", fields: &["sources.id"] },
    Index { collection: "sources", fields: &["host", "_id"] },
    Index { collection: "failures", fields: &["until"] },
    Index { collection: "history", fields: &["ended_at", "_id"] },
    Index { collection: "history", fields: &["url", "ended_at", "_id"] },
    Index { collection: "history", fields: &["host", "ended_at", "_id"] },
    Index { collection: "history", fields: &["kind", "ended_at", "_id"] },
    Index { collection: "history", fields: &["state", "ended_at", "_id"] },
    Index { collection: "history", fields: &["error", "ended_at", "_id"] },
    Index { collection: "outbox", fields: &["pv", "next_at"] },
    Index { collection: "outbox", fields: &["pv", "set_at"] },
    Index { collection: "sources", fields: &["url"] },
    // Each use moves a source in the first two of these: there are none of them by host, and none of entries.
    Index { collection: "sources", fields: &["uses", "_id"] },
    Index { collection: "sources", fields: &["last_used_at", "_id"] },
    Index { collection: "sources", fields: &["bytes", "_id"] },
    Index { collection: "sources", fields: &["checked_at", "_id"] },
    Index { collection: "sources", fields: &["changed_at", "_id"] },
    Index { collection: "sources", fields: &["next_check_at"] },
    Index { collection: "usage", fields: &["source", "day"] },
    Index { collection: "usage", fields: &["day"] },
    Index { collection: "revalidations", fields: &["started_at", "_id"] },
    Index { collection: "revalidations", fields: &["state", "started_at"] },
    Index { collection: "audit", fields: &["at", "_id"] },
];

/// What is asked.
#[cfg(test)]
const QUERIES: &[Query] = &[
    Query { name: "find an entry", collection: "entries", equal: &["_id"], ordered: None },
    Query { name: "find a failure", collection: "failures", equal: &["_id"], ordered: None },
    Query { name: "failures that are over", collection: "failures", equal: &[], ordered: Some("until") },
    Query { name: "find sources", collection: "sources", equal: &["_id"], ordered: None },
    Query { name: "is a source used", collection: "entries", equal: &["sources.id"], ordered: None },
    Query { name: "entries of some sources", collection: "entries", equal: &["sources.id"], ordered: None },
    Query { name: "walk the sources", collection: "sources", equal: &[], ordered: Some("_id") },
    Query { name: "walk a host's sources", collection: "sources", equal: &["host"], ordered: Some("_id") },
    Query { name: "read the ledger", collection: "ledger", equal: &["_id"], ordered: None },
    Query { name: "jobs, last first", collection: "history", equal: &[], ordered: Some("ended_at") },
    Query { name: "jobs of a URL", collection: "history", equal: &["url"], ordered: Some("ended_at") },
    Query { name: "jobs of a host", collection: "history", equal: &["host"], ordered: Some("ended_at") },
    Query { name: "jobs of a kind", collection: "history", equal: &["kind"], ordered: Some("ended_at") },
    Query { name: "jobs that ended so", collection: "history", equal: &["state"], ordered: Some("ended_at") },
    Query { name: "jobs with an error", collection: "history", equal: &["error"], ordered: Some("ended_at") },
    Query { name: "remove ended jobs", collection: "history", equal: &["_id"], ordered: None },
    Query { name: "items that are due", collection: "outbox", equal: &["pv"], ordered: Some("next_at") },
    Query { name: "items from the future", collection: "outbox", equal: &["pv"], ordered: Some("set_at") },
    Query { name: "hold or close an item", collection: "outbox", equal: &["_id"], ordered: None },
    Query { name: "sources by uses", collection: "sources", equal: &[], ordered: Some("uses") },
    Query { name: "sources by last use", collection: "sources", equal: &[], ordered: Some("last_used_at") },
    Query { name: "sources by bytes", collection: "sources", equal: &[], ordered: Some("bytes") },
    Query { name: "sources by check", collection: "sources", equal: &[], ordered: Some("checked_at") },
    Query { name: "sources by change", collection: "sources", equal: &[], ordered: Some("changed_at") },
    Query { name: "sources that are due", collection: "sources", equal: &[], ordered: Some("next_check_at") },
    // What these find is sorted afterwards.
    Query { name: "sources of a host", collection: "sources", equal: &["host"], ordered: None },
    Query { name: "sources with a prefix", collection: "sources", equal: &[], ordered: Some("url") },
    Query { name: "sources of a tag", collection: "sources", equal: &[], ordered: Some("_id") },
    Query { name: "variants of a source", collection: "entries", equal: &["sources.id"], ordered: None },
    Query { name: "add to entries", collection: "entries", equal: &["_id"], ordered: None },
    Query { name: "sources to plan", collection: "sources", equal: &["next_check_at"], ordered: None },
    Query { name: "write a check", collection: "sources", equal: &["_id"], ordered: None },
    Query { name: "add to sources", collection: "sources", equal: &["_id"], ordered: None },
    Query { name: "note a day", collection: "usage", equal: &["_id"], ordered: None },
    Query { name: "days of a source", collection: "usage", equal: &["source"], ordered: Some("day") },
    Query { name: "days that are over", collection: "usage", equal: &[], ordered: Some("day") },
    Query { name: "revalidations", collection: "revalidations", equal: &[], ordered: Some("started_at") },
    Query {
        name: "unfinished ones",
        collection: "revalidations",
        equal: &["state"],
        ordered: Some("started_at"),
    },
    Query { name: "advance a revalidation", collection: "revalidations", equal: &["_id"], ordered: None },
    Query { name: "finish a revalidation", collection: "revalidations", equal: &["_id"], ordered: None },
    Query { name: "walk the blocks", collection: "blocks", equal: &[], ordered: Some("_id") },
    Query { name: "the audit", collection: "audit", equal: &[], ordered: Some("at") },
    Query { name: "read a schedule", collection: "schedule", equal: &["_id"], ordered: None },
];

pub(super) async fn create(database: &Database) -> Result<()> {
    for index in INDEXES {
        let mut keys = Document::new();
        for field in index.fields {
            keys.insert(*field, 1);
        }
        let model = IndexModel::builder().keys(keys).build();
        database.collection::<Document>(index.collection).create_index(model).await?;
    }
    Ok(())
}

/// Which of them are not there, as `collection(field, field)`, and how many there should be.
pub(super) async fn missing(database: &Database) -> Result<(Vec<String>, usize)> {
    let mut missing = Vec::new();
    for collection in INDEXES.iter().map(|index| index.collection).collect::<BTreeSet<_>>() {
        let present = match database.collection::<Document>(collection).list_indexes().await {
            Ok(present) => present.try_collect::<Vec<_>>().await?,
            Err(cause) if is_absent(&cause) => Vec::new(),
            Err(cause) => return Err(cause),
        };
        let is_there = |index: &&Index| {
            present.iter().any(|there| there.keys.keys().map(String::as_str).eq(index.fields.iter().copied()))
        };
        let here = INDEXES.iter().filter(|index| index.collection == collection);
        missing.extend(here.filter(|index| !is_there(index)).map(Index::to_string));
    }
    Ok((missing, INDEXES.len()))
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.collection, self.fields.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule by which an index serves a query: its first fields are those compared for equality, then the ordered.
    fn serves(fields: &[&str], query: &Query) -> bool {
        let (equal, rest) = fields.split_at(query.equal.len().min(fields.len()));
        query.equal.iter().all(|field| equal.contains(field))
            && query.ordered.is_none_or(|field| rest.first() == Some(&field))
    }

    #[test]
    fn every_query_has_an_index() {
        for query in QUERIES {
            let own = INDEXES.iter().filter(|index| index.collection == query.collection);
            let served =
                own.map(|index| index.fields).chain([&["_id"][..]]).any(|fields| serves(fields, query));
            assert!(served, "no index for: {}", query.name);
        }
    }

    #[test]
    fn every_index_has_a_query() {
        for index in INDEXES {
            let used = QUERIES
                .iter()
                .any(|query| query.collection == index.collection && serves(index.fields, query));
            assert!(used, "nothing asks for {index:?}");
        }
    }
}
