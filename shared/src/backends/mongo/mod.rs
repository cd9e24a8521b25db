//! The catalog, the history of jobs, the outbox, the usage log, revalidations, blocks and the audit on MongoDB: single-document atomic
//! operations and plain finds, nothing else, which is what every version from 5.0 on does fast and right.

mod audit;
mod blocks;
mod catalog;
mod changes;
mod checks;
mod documents;
mod entries;
mod examine;
mod history;
mod indexes;
mod inventory;
mod ledger;
mod made;
mod moments;
mod next;
mod operation;
mod outbox;
mod replicas;
mod revalidations;
mod schedule;
mod scopes;
mod tally;
mod usage;

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::{
    ClientOptions, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database};

use crate::config::Secret;
use crate::ports::PortError;
use operation::{insert_new, unavailable, unusable};

/// How long choosing a server may take before an operation fails: hits must not wait for a database that is away.
const SELECTION: Duration = Duration::from_secs(3);
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
    usage: Collection<Document>,
    replicas: Collection<Document>,
    revalidations: Collection<Document>,
    audit: Collection<Document>,
    blocks: Collection<Document>,
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
            unusable("mongodb.url names no database; such as mongodb://host/imcaxy is needed")
        })?;
        let decided = Self::decided();
        let collection = |name: &str| database.collection_with_options(name, decided.clone());
        let mut majority = decided.clone();
        majority.read_concern = Some(ReadConcern::majority());
        let mut linearizable = decided.clone();
        linearizable.read_concern = Some(ReadConcern::linearizable());
        Ok(Self {
            entries: collection("entries"),
            failures: collection("failures"),
            sources: collection("sources"),
            schedule: collection("schedule"),
            history: collection("history"),
            outbox: collection("outbox"),
            usage: collection("usage"),
            revalidations: collection("revalidations"),
            audit: collection("audit"),
            blocks: collection("blocks"),
            replicas: database.collection_with_options("replicas", majority),
            ledger: database.collection_with_options("ledger", linearizable),
            database,
        })
    }

    /// Decisions are written with majority, so that no election takes one back, and read where they are written, whatever the URL prefers.
    fn decided() -> CollectionOptions {
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        CollectionOptions::builder()
            .write_concern(WriteConcern::majority())
            .selection_criteria(primary)
            .build()
    }

    /// All that is kept.
    fn collections(&self) -> [&Collection<Document>; 12] {
        let Self { entries, failures, sources, ledger, schedule, history, outbox, .. } = self;
        let Self { usage, replicas, revalidations, audit, blocks, .. } = self;
        [
            entries,
            failures,
            sources,
            ledger,
            schedule,
            history,
            outbox,
            usage,
            replicas,
            revalidations,
            audit,
            blocks,
        ]
    }

    /// Creates the indexes and the ledger, as far as they are missing, and plans the checks of sources that have none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn prepare(&self, incarnation: u64) -> Result<(), PortError> {
        indexes::create(&self.database).await.map_err(|cause| unavailable(&cause))?;
        insert_new(&self.ledger, ledger::new(incarnation)).await?;
        checks::plan_all(&self.sources).await
    }
}
