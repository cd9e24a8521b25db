//! What is wrong with a catalog's file, for who operates it.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{PATIENCE, SqliteCatalog, schema};
use crate::finding::Finding;

const NAME: &str = "catalog";
const TABLES: &str = "tables";
const PAGES: &str = "pages";
/// How long the pages may be read: a file can be large, and somebody waits.
const READING: Duration = Duration::from_secs(5);
/// What to do about a file that is no longer what SQLite wrote.
const START_ANEW: &str =
    "end imcaxy, move the file away and start again: pictures are rendered anew when they are asked for";

impl SqliteCatalog {
    /// Looks at the file at `path`, of a process that runs or not, and changes nothing. It may take five seconds.
    #[must_use]
    pub fn examine(path: &Path) -> Vec<Finding> {
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return vec![Finding::ok(NAME, "not there yet: the first start makes it")],
            Err(cause) => return vec![unreadable(&cause.to_string())],
        }
        let opened = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let looked = opened.and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            Ok(vec![
                Finding::ok(NAME, format!("{} is there", path.display())),
                tables(&connection)?,
                pages(&connection)?,
            ])
        });
        looked.unwrap_or_else(|cause| vec![unreadable(&cause.to_string())])
    }
}

fn unreadable(why: &str) -> Finding {
    Finding::fail(
        NAME,
        format!("cannot be read: {why}"),
        format!("let the user of imcaxy read and write it; or {START_ANEW}"),
    )
}

/// Whether this program knows the tables.
fn tables(connection: &Connection) -> rusqlite::Result<Finding> {
    let behind = schema::steps_behind(connection)?;
    let known = schema::known();
    Ok(match behind.cmp(&known) {
        std::cmp::Ordering::Equal => {
            Finding::ok(TABLES, format!("at step {behind}, as this program has them"))
        }
        std::cmp::Ordering::Less => {
            Finding::ok(TABLES, format!("at step {behind}: the next start brings them to {known}"))
        }
        std::cmp::Ordering::Greater => Finding::fail(
            TABLES,
            format!("at step {behind}, this program knows {known}: a newer version wrote them"),
            "run the newer version, or give this one a data_dir of its own",
        ),
    })
}

/// Whether every page is what it should be, as far as can be read in time.
fn pages(connection: &Connection) -> rusqlite::Result<Finding> {
    let (read, done) = channel::<()>();
    let interrupt = connection.get_interrupt_handle();
    let told = thread::scope(|scope| {
        scope.spawn(move || {
            if done.recv_timeout(READING) == Err(RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let told: rusqlite::Result<String> =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        drop(read);
        told
    });
    match told {
        Ok(told) if told == "ok" => Ok(Finding::ok(PAGES, "all are sound")),
        Ok(told) => Ok(Finding::fail(PAGES, told, START_ANEW)),
        Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(Finding::ok(PAGES, format!("sound as far as could be read in {} s", READING.as_secs())))
        }
        Err(cause) => Err(cause),
    }
}
