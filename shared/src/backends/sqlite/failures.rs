//! Failures that are remembered.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Answer, read, written};
use crate::entry::RememberedFailure;
use crate::request::CacheKey;
use crate::time::Timestamp;

pub(super) fn get(connection: &Connection, key: &CacheKey) -> Answer<Option<RememberedFailure>> {
    let mut select = connection.prepare_cached("SELECT document FROM failures WHERE key = ?1")?;
    let document: Option<String> = select.query_row([key.as_str()], |row| row.get(0)).optional()?;
    // One that cannot be read is no reason to refuse: it is rendered once more.
    Ok(document.and_then(|document| read(&document).ok()))
}

/// Remembers a failure, unless a newer one is remembered.
pub(super) fn remember(connection: &Connection, failed: &RememberedFailure) -> Answer<()> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO failures (key, stamp, failed_at, until, document) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET stamp = excluded.stamp, failed_at = excluded.failed_at,
             until = excluded.until, document = excluded.document
         WHERE failures.stamp <= excluded.stamp",
    )?;
    let (at, until) = (failed.at.as_millis(), failed.until.as_millis());
    upsert.execute(params![failed.key.as_str(), failed.stamp.get(), at, until, written(failed)?])?;
    Ok(())
}

/// Removes those that were over at `over`, and those that have not happened yet at `now`.
pub(super) fn forget(connection: &Connection, over: Timestamp, now: Timestamp) -> Answer<u64> {
    let mut delete = connection
        .prepare_cached("DELETE FROM failures WHERE until <= ?1 OR (until > ?2 AND failed_at > ?2)")?;
    Ok(delete.execute([over.as_millis(), now.as_millis()])? as u64)
}
