//! Tables of documents that are listed by when they were (`at`), the last first.

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::{Answer, read};
use crate::ports::Moment;
use crate::time::Timestamp;

/// A page of them.
pub(super) fn latest<T: DeserializeOwned>(
    connection: &Connection,
    table: &'static str,
    after: Option<&Moment>,
    most: usize,
) -> Answer<Vec<T>> {
    let (at, id) = after.map_or((i64::MAX, ""), |after| (after.at.as_millis(), after.id.as_str()));
    let mut select = connection.prepare_cached(&format!(
        "SELECT document FROM {table} WHERE (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3"
    ))?;
    let documents = select.query_map(params![at, id, limit(most)], |row| row.get::<_, String>(0))?;
    documents.map(|document| read(&document?)).collect()
}

/// Removes some that were before `before`.
pub(super) fn forget(
    connection: &Connection,
    table: &'static str,
    before: Timestamp,
    most: usize,
) -> Answer<u64> {
    let mut delete = connection.prepare_cached(&format!(
        "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE at < ?1 ORDER BY at LIMIT ?2)"
    ))?;
    Ok(delete.execute(params![before.as_millis(), limit(most)])? as u64)
}

pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
