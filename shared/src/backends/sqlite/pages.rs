//! Pages of rows, without what cannot be read.

use rusqlite::types::Value;
use rusqlite::{Params, Row, Statement};

use super::Answer;
use crate::backends::readable::{LeftOut, Readable};

/// What a statement finds, as far as `read` can read it; the ids are in the column `id`.
pub(super) fn readable<T>(
    select: &mut Statement<'_>,
    given: impl Params,
    id: usize,
    read: impl Fn(&Row<'_>) -> Answer<T>,
) -> Answer<Readable<T>> {
    let found = select.query_map(given, |row| Ok((LeftOut { id: text(row, id), url: None }, read(row))))?;
    Readable::of(found.collect::<Result<Vec<_>, _>>()?)
}

/// Up to `most` that can be read of what `find` finds, which is told how many it may find, in the same order each time.
pub(super) fn page<T>(
    table: &'static str,
    most: usize,
    mut find: impl FnMut(i64) -> Answer<Readable<T>>,
) -> Answer<Vec<T>> {
    let mut asked = most;
    loop {
        let mut page = find(limit(asked))?;
        match page.falls_short(most, asked)? {
            Some(more) => asked = more,
            None => {
                page.items.truncate(most);
                return Ok(page.told(table).items);
            }
        }
    }
}

/// As SQLite counts.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// A column, as text.
pub(super) fn text(row: &Row<'_>, column: usize) -> String {
    match row.get(column) {
        Ok(Value::Text(id)) => id,
        other => format!("{other:?}"),
    }
}
