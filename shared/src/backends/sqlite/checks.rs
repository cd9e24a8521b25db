//! Which sources are to be checked, and what checks have taught.

use rusqlite::{Connection, params};

use super::{Answer, pages, sources};
use crate::backends::readable::{LeftOut, Readable};
use crate::entry::{Learnt, Source};
use crate::ports::LEFT_ALONE;
use crate::request::SourceId;
use crate::time::Timestamp;

/// As [`Source::is_due`] says it. Each is one walk along the index.
const TIMES: [&str; 2] = ["next_check_at <= ?1", "next_check_at > ?2"];

/// Those that are due, as far as they can be read, those first whose time came first.
pub(super) fn due(
    connection: &Connection,
    now: Timestamp,
    horizon: Timestamp,
    most: usize,
) -> Answer<Readable<Source>> {
    let mut select = connection.prepare_cached(&select())?;
    let given = params![now.as_millis(), horizon.as_millis(), pages::limit(most)];
    pages::readable(&mut select, given, 0, sources::source)
}

/// Plans for later what is due still; answers whether anything is.
pub(super) fn leave_alone(
    connection: &Connection,
    left_out: &[LeftOut],
    now: Timestamp,
    horizon: Timestamp,
) -> Answer<bool> {
    let due = TIMES.join(" OR ");
    let mut update = connection
        .prepare_cached(&format!("UPDATE sources SET next_check_at = ?4 WHERE id = ?3 AND ({due})"))?;
    let later = horizon.min(now.plus(LEFT_ALONE));
    let mut left = 0;
    for LeftOut { id, .. } in left_out {
        left += update.execute(params![now.as_millis(), horizon.as_millis(), id, later.as_millis()])?;
    }
    Ok(left > 0)
}

/// Whether there is one.
pub(super) fn is_due(connection: &Connection, now: Timestamp, horizon: Timestamp) -> Answer<bool> {
    let mut exists = connection.prepare_cached(&exists())?;
    Ok(exists.exists(params![now.as_millis(), horizon.as_millis()])?)
}

/// Writes down what a check has taught, if the check is still the one that was planned.
pub(super) fn write(
    connection: &Connection,
    id: &SourceId,
    planned: Option<Timestamp>,
    learnt: &Learnt,
) -> Answer<bool> {
    let there = sources::get(connection, id)?.filter(|source| source.next_check_at == planned);
    let Some(mut source) = there else { return Ok(false) };
    if let Some((at, to)) = &learnt.changed {
        (source.changed_at, source.changed_to) = (Some(*at), Some(to.clone()));
    }
    let learnt = learnt.clone();
    let (checks, checked_at) = (learnt.checks, learnt.checked_at);
    let next_check_at = Some(learnt.next_check_at);
    sources::put(connection, &Source { checks, checked_at, next_check_at, ..source })?;
    Ok(true)
}

fn select() -> String {
    let columns = sources::COLUMNS;
    let [first, then] = TIMES.map(|time| {
        format!("SELECT * FROM (SELECT {columns} FROM sources WHERE {time} ORDER BY next_check_at LIMIT ?3)")
    });
    format!("{first} UNION ALL {then} LIMIT ?3")
}

fn exists() -> String {
    TIMES.map(|time| format!("SELECT 1 FROM sources WHERE {time}")).join(" UNION ALL ") + " LIMIT 1"
}

#[cfg(test)]
mod tests {
    use super::super::{connect, schema};
    use super::*;

    #[test]
    fn what_is_due_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("catalog.db")).unwrap();
        schema::prepare(&mut connection, 1).unwrap();
        for statement in [select(), exists()] {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let given = if statement.contains("?3") { 3 } else { 2 };
            let given = rusqlite::params_from_iter((0..given).map(i64::from));
            let steps = explain.query_map(given, |row| row.get::<_, String>(3)).unwrap();
            let plan = steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
            assert_eq!(plan.matches("INDEX sources_by_next_check").count(), 2, "{plan}");
            assert!(!plan.contains("SCAN sources") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
