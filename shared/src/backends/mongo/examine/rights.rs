//! Whether this user may do what the catalog does.
//!
//! The catalog's own collections are asked for a document that is not there, to find, to change and to delete: a server checks rights
//! before it looks. Nothing is inserted there, since whoever walks a collection could not read it; inserting, and creating an index, is
//! tried in a collection of the examination's own.

use futures::future::join_all;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::{Collection, IndexModel};

use super::super::MongoCatalog;
use super::{UNAUTHORIZED, code, sentence};
use crate::backends::step::in_time;
use crate::finding::Finding;

const NAME: &str = "rights";

/// What was refused: the action, and why.
struct Refused {
    action: String,
    cause: Error,
}

pub(super) async fn all(catalog: &MongoCatalog, nobody: &str) -> Finding {
    let own = own(catalog, nobody);
    let made = made(&own, nobody).await;
    let every = catalog.collections().into_iter().chain([&own]);
    let asked = join_all(every.map(|collection| asked(collection, nobody))).await;
    let refused: Vec<Refused> = made.into_iter().chain(asked.into_iter().flatten()).collect();
    told(&refused, catalog.database.name())
}

/// What inserting and creating an index came to, where that is refused.
async fn made(own: &Collection<Document>, nobody: &str) -> Vec<Refused> {
    let index = IndexModel::builder().keys(doc! { "field": 1 }).build();
    let insert = own.insert_one(doc! { "_id": nobody }).await.map(drop);
    let create = own.create_index(index).await.map(drop);
    refused([("insert into", insert), ("createIndex on", create)], nobody)
}

/// What asking for what is not there came to, where that is refused.
async fn asked(collection: &Collection<Document>, nobody: &str) -> Vec<Refused> {
    let this = doc! { "_id": nobody };
    let find = collection.find_one(this.clone()).await.map(drop);
    let set = doc! { "$set": { "field": 1 } };
    let update = collection.update_one(this.clone(), set).await.map(drop);
    let remove = collection.delete_one(this).await.map(drop);
    refused([("find in", find), ("update in", update), ("remove from", remove)], collection.name())
}

fn refused<const N: usize>(outcomes: [(&str, Result<(), Error>); N], collection: &str) -> Vec<Refused> {
    let refused = outcomes.into_iter().filter_map(|(action, outcome)| {
        let cause = outcome.err()?;
        Some(Refused { action: format!("{action} {collection}"), cause })
    });
    refused.collect()
}

/// Drops the collection that was written to; says so where that is refused.
pub(super) async fn removed(catalog: &MongoCatalog, nobody: &str) -> Option<Finding> {
    let cause = match in_time(NAME, own(catalog, nobody).drop().into_future()).await {
        Ok(dropped) => dropped.err()?,
        Err(silent) => return Some(silent),
    };
    let found = format!(
        "the collection {nobody}, made to try the rights, could not be dropped: {}",
        sentence(&cause)
    );
    Some(Finding::warn(NAME, found, "drop it, if it is there"))
}

fn own(catalog: &MongoCatalog, nobody: &str) -> Collection<Document> {
    catalog.database.collection_with_options(nobody, MongoCatalog::decided())
}

fn told(refused: &[Refused], database: &str) -> Finding {
    let denied: Vec<&str> = refused
        .iter()
        .filter(|refused| code(&refused.cause) == Some(UNAUTHORIZED))
        .map(|refused| refused.action.as_str())
        .collect();
    match refused.first() {
        None => Finding::ok(NAME, "find, insert, update, remove and createIndex are allowed"),
        Some(_) if !denied.is_empty() => {
            let advice = format!("give this user the role readWrite on the database {database}");
            Finding::fail(NAME, format!("the user may not {}", denied.join(", ")), advice)
        }
        Some(first) => {
            let found = format!("{}: {}", first.action, sentence(&first.cause));
            Finding::fail(NAME, found, "see what the message says: the catalog needs this")
        }
    }
}
