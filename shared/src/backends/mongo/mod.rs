//! The catalog, the history of jobs and the outbox on MongoDB: single-document atomic operations and plain finds, nothing else, which is what every
//! version from 5.0 on does fast and right.

mod catalog;
mod documents;
mod history;
mod indexes;
mod ledger;
mod outbox;
mod schedule;

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::error::Error;
use mongodb::options::{
    ClientOptions, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database};

use crate::config::Secret;
use crate::ports::PortError;

/// How long choosing a server may take before an operation fails: hits must not wait for a database that is away.
const SELECTION: Duration = Duration::from_secs(3);
/// How long one operation may take.
const OPERATION: Duration = Duration::from_secs(5);
/// How long the server may take for a read of the ledger: a linearizable one waits until a majority has confirmed that the
/// server is the primary, and without a limit it waits for a majority that never comes.
const LEDGER_READ: Duration = Duration::from_secs(4);
/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The catalog in one MongoDB database, with all that is kept beside it. A clone is another handle to the same connections.
#[derive(Clone)]
pub struct MongoCatalog {
    database: Database,
    entries: Collection<Document>,
    failures: Collection<Document>,
    sources: Collection<Document>,
    ledger: Collection<Document>,
    schedule: Collection<Document>,
    history: Collection<Document>,
    outbox: Collection<Document>,
}

impl MongoCatalog {
    /// The catalog in the database that `url` names; nothing is connected yet.
    ///
    /// # Errors
    /// The URL is not understood or names no database.
    pub async fn open(url: &Secret) -> Result<Self, PortError> {
        let parsed = ClientOptions::parse(url.reveal()).await;
        let mut options = parsed.map_err(|cause| unusable(format!("mongodb.url: {cause}")))?;
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(CONNECT);
        options.app_name.get_or_insert_with(|| "imcaxy".to_owned());
        let client = Client::with_options(options).map_err(unusable)?;
        let database = client.default_database().ok_or_else(|| {
            PortError::unusable(
                "mongodb",
                "mongodb.url names no database; such as mongodb://host/imcaxy is needed",
            )
        })?;
        // Decisions are written with majority, so that no election takes one back, and read where they are written, whatever
        // the URL prefers.
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let decided = CollectionOptions::builder()
            .write_concern(WriteConcern::majority())
            .selection_criteria(primary)
            .build();
        let collection = |name: &str| database.collection_with_options(name, decided.clone());
        let mut linearizable = decided.clone();
        linearizable.read_concern = Some(ReadConcern::linearizable());
        Ok(Self {
            entries: collection("entries"),
            failures: collection("failures"),
            sources: collection("sources"),
            schedule: collection("schedule"),
            history: collection("history"),
            outbox: collection("outbox"),
            ledger: database.collection_with_options("ledger", linearizable),
            database,
        })
    }

    /// Creates the indexes and the ledger, as far as they are missing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn prepare(&self, incarnation: u64) -> Result<(), PortError> {
        indexes::create(&self.database).await.map_err(|cause| unavailable(&cause))?;
        insert_new(&self.ledger, ledger::new(incarnation)).await?;
        Ok(())
    }
}

/// What a server answers when a document with the id is there already.
const DUPLICATE_KEY: i32 = 11000;

/// A write of ours met another that came first.
fn is_duplicate(cause: &Error) -> bool {
    use mongodb::error::{ErrorKind, WriteFailure};

    match &*cause.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        ErrorKind::InsertMany(several) => {
            let errors = several.write_errors.iter().flatten();
            several.write_concern_error.is_none() && errors.into_iter().all(|one| one.code == DUPLICATE_KEY)
        }
        _ => false,
    }
}

/// Carries out one operation. The driver's own limits leave a server that answers its pings and nothing else without one,
/// and nobody may wait for such a server for ever.
async fn run<T>(operation: impl IntoFuture<Output = mongodb::error::Result<T>>) -> Result<T, PortError> {
    in_time(operation).await?.map_err(|cause| unavailable(&cause))
}

/// Inserts a document; false when one with its id is there already.
async fn insert_new(collection: &Collection<Document>, document: Document) -> Result<bool, PortError> {
    match in_time(collection.insert_one(document)).await? {
        Ok(_) => Ok(true),
        Err(cause) if is_duplicate(&cause) => Ok(false),
        Err(cause) => Err(unavailable(&cause)),
    }
}

/// Inserts those documents whose ids are not there yet.
async fn insert_all_new(
    collection: &Collection<Document>,
    documents: Vec<Document>,
) -> Result<(), PortError> {
    if documents.is_empty() {
        return Ok(());
    }
    match in_time(collection.insert_many(documents).ordered(false)).await? {
        Err(cause) if !is_duplicate(&cause) => Err(unavailable(&cause)),
        _ => Ok(()),
    }
}

async fn in_time<T>(
    operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<mongodb::error::Result<T>, PortError> {
    let limited = tokio::time::timeout(OPERATION, operation.into_future()).await;
    limited.map_err(|_| PortError::unavailable("mongodb", "no answer in time"))
}

fn unavailable(cause: &Error) -> PortError {
    PortError::unavailable("mongodb", &cause.kind)
}

fn unusable(cause: impl std::fmt::Display) -> PortError {
    PortError::unusable("mongodb", cause)
}
