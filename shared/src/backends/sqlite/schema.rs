//! The tables, and how they came to be what they are. The file's `user_version` counts the steps that it has behind it.

use rusqlite::{Connection, params};

use super::{Answer, unusable};

/// Each step is carried out once, in order, and never edited afterwards.
const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
];

/// Brings the tables up to date, and makes the ledger when it is missing.
pub(super) fn prepare(connection: &mut Connection, incarnation: u64) -> Answer<()> {
    let behind = steps_behind(connection)?;
    if behind > STEPS.len() {
        return Err(unusable(format!(
            "the file was written by a newer version: its tables are at {behind}, this program knows {}",
            STEPS.len()
        )));
    }
    for (step, statements) in STEPS.iter().enumerate().skip(behind) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(statements)?;
        transaction.pragma_update(None, "user_version", version(step + 1))?;
        transaction.commit()?;
    }
    connection.execute(
        "INSERT INTO ledger (id, incarnation, seq, trims) VALUES (1, ?1, 0, 0) ON CONFLICT DO NOTHING",
        params![format!("{incarnation:016x}")],
    )?;
    Ok(())
}

/// How many steps the file has behind it.
pub(super) fn steps_behind(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
        .map(|steps| steps as usize)
}

/// How many steps this program knows.
pub(super) const fn known() -> usize {
    STEPS.len()
}

/// The number of a step, as the file holds it.
fn version(step: usize) -> u32 {
    u32::try_from(step).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::connect;
    use super::*;

    #[test]
    fn a_file_is_prepared_once_and_one_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let incarnation = |connection: &Connection| -> String {
            connection.query_row("SELECT incarnation FROM ledger", [], |row| row.get(0)).unwrap()
        };
        let mut connection = connect(&path).unwrap();
        for number in [7, 8] {
            prepare(&mut connection, number).unwrap();
            assert_eq!(incarnation(&connection), "0000000000000007");
        }
        connection.pragma_update(None, "user_version", version(STEPS.len() + 1)).unwrap();
        let refused = prepare(&mut connection, 9).unwrap_err().to_string();
        assert!(refused.contains("newer version"), "{refused}");
    }
}
