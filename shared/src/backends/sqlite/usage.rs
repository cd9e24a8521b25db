//! Uses: added to entries and sources, many in one transaction, and by day in rows of their own.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::{Answer, SqliteCatalog};
use crate::entry::{Day, Uses};
use crate::ports::{PortError, UsageLog, UsesOnDay};
use crate::request::{CacheKey, SourceId};

#[async_trait]
impl UsageLog for SqliteCatalog {
    async fn add_to_entries(&self, uses: &[(CacheKey, Uses)]) -> Result<Vec<CacheKey>, PortError> {
        let uses = uses.to_vec();
        self.writer.write(move |connection| add_to_entries(connection, uses)).await
    }

    async fn add_to_sources(&self, uses: &[(SourceId, Uses)]) -> Result<(), PortError> {
        let uses = uses.to_vec();
        self.writer.write(move |connection| add_to_sources(connection, &uses)).await
    }

    async fn note_days(&self, run: &str, days: &[UsesOnDay]) -> Result<(), PortError> {
        let (run, days) = (run.to_owned(), days.to_vec());
        self.writer.write(move |connection| note_days(connection, &run, &days)).await
    }

    async fn days(&self, source: &SourceId, since: Day) -> Result<Vec<(Day, u64)>, PortError> {
        let source = source.clone();
        self.readers.read(move |connection| days(connection, &source, since)).await
    }

    async fn forget_days(&self, before: Day, limit: usize) -> Result<u64, PortError> {
        self.writer.write(move |connection| forget_days(connection, before, limit)).await
    }
}

fn add_to_entries(connection: &Connection, uses: Vec<(CacheKey, Uses)>) -> Answer<Vec<CacheKey>> {
    let mut add = connection.prepare_cached(
        "UPDATE entries SET uses = uses + ?2, last_used_at = max(ifnull(last_used_at, ?3), ?3) WHERE key = ?1",
    )?;
    let mut absent = Vec::new();
    for (key, uses) in uses {
        if add.execute(params![key.as_str(), uses.stored(), uses.last.as_millis()])? == 0 {
            absent.push(key);
        }
    }
    Ok(absent)
}

fn add_to_sources(connection: &Connection, uses: &[(SourceId, Uses)]) -> Answer<()> {
    let mut add = connection.prepare_cached(
        "UPDATE sources SET uses = uses + ?2, last_used_at = max(ifnull(last_used_at, ?3), ?3) WHERE id = ?1",
    )?;
    for (source, uses) in uses {
        add.execute(params![source.as_str(), uses.stored(), uses.last.as_millis()])?;
    }
    Ok(())
}

fn note_days(connection: &Connection, run: &str, days: &[UsesOnDay]) -> Answer<()> {
    let mut note = connection.prepare_cached(
        "INSERT INTO uses_by_day (source, day, run, uses) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET uses = max(uses, excluded.uses)",
    )?;
    for UsesOnDay { source, day, uses } in days {
        let uses = i64::try_from(*uses).unwrap_or(i64::MAX);
        note.execute(params![source.as_str(), day.number(), run, uses])?;
    }
    Ok(())
}

fn days(connection: &Connection, source: &SourceId, since: Day) -> Answer<Vec<(Day, u64)>> {
    let mut select = connection.prepare_cached(
        "SELECT day, sum(uses) FROM uses_by_day WHERE source = ?1 AND day >= ?2 GROUP BY day ORDER BY day",
    )?;
    let days = select.query_map(params![source.as_str(), since.number()], |row| {
        Ok((Day::from_number(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    Ok(days.collect::<Result<_, _>>()?)
}

fn forget_days(connection: &Connection, before: Day, most: usize) -> Answer<u64> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM uses_by_day WHERE (source, day, run) IN (
             SELECT source, day, run FROM uses_by_day WHERE day < ?1 LIMIT ?2)",
    )?;
    Ok(delete.execute(params![before.number(), i64::try_from(most).unwrap_or(i64::MAX)])? as u64)
}
