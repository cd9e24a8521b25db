//! Tables of documents that are listed by when they were (`at`), the last first.

use rusqlite::{Connection, Row, params};
use serde::de::DeserializeOwned;

use super::{Answer, pages, read};
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
        "SELECT id, document FROM {table} WHERE (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3"
    ))?;
    pages::page(table, most, |most| pages::readable(&mut select, params![at, id, most], 0, document))
}

/// What a row of an id and a document holds.
pub(super) fn document<T: DeserializeOwned>(row: &Row<'_>) -> Answer<T> {
    read(&row.get::<_, String>(1)?)
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
    Ok(delete.execute(params![before.as_millis(), pages::limit(most)])? as u64)
}
