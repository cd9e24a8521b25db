//! The catalog, the history of jobs, the outbox, the usage log, revalidations, blocks and the audit in one SQLite file: WAL, one writer that
//! batches, and readers beside it that see what was committed when they began.
//!
//! The file belongs to one process; that nobody else has it is for the caller to see to.

mod audit;
mod blocks;
mod catalog;
mod checks;
mod entries;
mod examine;
mod failures;
mod history;
mod inventory;
mod ledger;
mod moments;
mod outbox;
mod pages;
mod readers;
mod replicas;
mod revalidations;
mod schedule;
mod schema;
mod sources;
mod usage;
mod writer;

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ports::PortError;
use readers::Readers;
use replicas::Register;
use writer::Writer;

/// How long a statement waits for a lock. Within the process nobody holds one for long; somebody may look into the file from outside.
const PATIENCE: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// What a statement answers.
type Answer<T> = Result<T, PortError>;

/// The catalog in one file, with all that is kept beside it. A clone is another handle to the same file.
#[derive(Clone)]
pub struct SqliteCatalog {
    writer: Writer,
    readers: Arc<Readers>,
    register: Register,
}

impl SqliteCatalog {
    /// Opens the file, makes it when it is missing, and brings its tables up to date. `incarnation` names a new ledger.
    ///
    /// # Errors
    /// It cannot be opened, is no database, or was written by a newer version.
    pub fn open(path: &Path, incarnation: u64) -> Result<Self, PortError> {
        let mut connection = connect(path)?;
        schema::prepare(&mut connection, incarnation)?;
        let writer = Writer::start(connection)?;
        Ok(Self { writer, readers: Arc::new(Readers::of(path)), register: Register::default() })
    }
}

/// A connection to the file.
fn connect(path: &Path) -> Answer<Connection> {
    let connection = Connection::open(path).map_err(|cause| named(path, &cause))?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL").map_err(|cause| named(path, &cause))?;
    // A killed process loses nothing. A machine that loses power may lose the last commits, but see `writer::Durability`.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

fn named(path: &Path, cause: &rusqlite::Error) -> PortError {
    unavailable(format!("{}: {cause}", path.display()))
}

impl From<rusqlite::Error> for PortError {
    fn from(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation)
            | None => unusable(cause),
            Some(_) => unavailable(cause),
        }
    }
}

/// A value as text.
fn written(value: &impl Serialize) -> Answer<String> {
    serde_json::to_string(value).map_err(unusable)
}

/// A value from text.
fn read<T: DeserializeOwned>(text: &str) -> Answer<T> {
    serde_json::from_str(text).map_err(unusable)
}

/// The file cannot be read or written now.
fn unavailable(cause: impl Display) -> PortError {
    PortError::unavailable("sqlite", cause)
}

/// What is there, or was to be written, is nothing that this program understands.
fn unusable(cause: impl Display) -> PortError {
    PortError::unusable("sqlite", cause)
}
