//! Ticks of the periodic jobs: a row a schedule.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Answer, SqliteCatalog};
use crate::ports::{ClaimedTick, PortError, Tick, Ticks};
use crate::time::Timestamp;

#[async_trait]
impl Ticks for SqliteCatalog {
    async fn claim(
        &self,
        name: &str,
        interval: Duration,
        grace: Duration,
        now: Timestamp,
    ) -> Result<Option<Tick>, PortError> {
        let name = name.to_owned();
        self.writer.write(move |connection| claim(connection, &name, interval, grace, now)).await
    }

    async fn settle(&self, name: &str, tick: Tick) -> Result<(), PortError> {
        let name = name.to_owned();
        self.writer.write(move |connection| settle(connection, &name, tick)).await
    }
}

fn claim(
    connection: &Connection,
    name: &str,
    interval: Duration,
    grace: Duration,
    now: Timestamp,
) -> Answer<Option<Tick>> {
    let mut select =
        connection.prepare_cached("SELECT tick, claimed_at, settled FROM schedule WHERE name = ?1")?;
    let last = select.query_row([name], |row| {
        let [tick, claimed_at] = [row.get(0)?, row.get(1)?].map(Timestamp::from_millis);
        Ok(ClaimedTick { tick: Tick(tick), claimed_at, settled: row.get(2)? })
    });
    let Some(next) = Tick::due(last.optional()?.as_ref(), interval, grace, now) else { return Ok(None) };
    let mut claimed = connection.prepare_cached(
        "INSERT OR REPLACE INTO schedule (name, tick, claimed_at, settled) VALUES (?1, ?2, ?3, FALSE)",
    )?;
    claimed.execute(params![name, next.0.as_millis(), now.as_millis()])?;
    Ok(Some(next))
}

fn settle(connection: &Connection, name: &str, tick: Tick) -> Answer<()> {
    let mut update =
        connection.prepare_cached("UPDATE schedule SET settled = TRUE WHERE name = ?1 AND tick = ?2")?;
    update.execute(params![name, tick.0.as_millis()])?;
    Ok(())
}
