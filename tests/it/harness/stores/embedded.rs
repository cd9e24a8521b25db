//! The embedded stack's stores, looked into beside the process that has locked them: SQLite lets others read and write, and files are
//! there whole or not at all.

use std::path::Path;
use std::time::Duration;

use imcaxy_shared::backends::files::FileObjects;
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use rusqlite::{Connection, OpenFlags};

use super::Table;

const CATALOG: &str = "catalog.db";

/// The catalog of one system, and its history.
pub(super) fn catalog(folder: &Path) -> SqliteCatalog {
    SqliteCatalog::open(&folder.join(CATALOG), 0).expect("a catalog")
}

/// The objects of one system.
pub(super) fn objects(folder: &Path) -> FileObjects {
    FileObjects::of(folder)
}

pub(super) fn ids(folder: &Path, table: Table) -> Vec<String> {
    let id = match table {
        Table::Entries | Table::Failures => "key",
        Table::Sources | Table::Outbox => "id",
    };
    column(folder, &format!("SELECT {id} FROM {}", table.name()))
}

/// Whether each tick that was given out is settled.
pub(super) fn ticks(folder: &Path) -> Vec<bool> {
    column(folder, "SELECT settled FROM schedule")
}

/// Carries out a statement.
pub(super) fn run(folder: &Path, statement: &str) {
    connect(folder, OpenFlags::SQLITE_OPEN_READ_WRITE).execute(statement, []).expect("carried out");
}

/// What a process that was killed has not finished writing, and nobody else may leave.
pub(super) fn unfinished(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("unfinished")).expect("a folder");
    files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

fn column<T: rusqlite::types::FromSql>(folder: &Path, select: &str) -> Vec<T> {
    let connection = connect(folder, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let mut select = connection.prepare(select).expect("a statement");
    let rows = select.query_map([], |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

fn connect(folder: &Path, flags: OpenFlags) -> Connection {
    /// The process that has it holds no lock for long.
    const PATIENCE: Duration = Duration::from_secs(10);

    let connection = Connection::open_with_flags(folder.join(CATALOG), flags).expect("a catalog");
    connection.busy_timeout(PATIENCE).expect("set");
    connection
}
