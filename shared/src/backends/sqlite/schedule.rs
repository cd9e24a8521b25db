//! Ticks of the periodic jobs: a row a schedule.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Answer;
use crate::ports::Tick;
use crate::time::Timestamp;

/// Claims the tick that is due, if one is.
pub(super) fn claim(
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
        Ok((tick, claimed_at, row.get::<_, bool>(2)?))
    });
    // An instant in the future is a clock that stepped back: waiting for it could take for ever.
    let passed = |since: Timestamp, span: Duration| now >= since.plus(span) || since > now;
    let next = match last.optional()? {
        None => now,
        Some((tick, _, true)) if passed(tick, interval) => now,
        Some((tick, claimed_at, false)) if passed(claimed_at, grace) => tick,
        Some(_) => return Ok(None),
    };
    let mut claimed = connection.prepare_cached(
        "INSERT OR REPLACE INTO schedule (name, tick, claimed_at, settled) VALUES (?1, ?2, ?3, FALSE)",
    )?;
    claimed.execute(params![name, next.as_millis(), now.as_millis()])?;
    Ok(Some(Tick(next)))
}

/// Says that the job of a claimed tick is in the queue.
pub(super) fn settle(connection: &Connection, name: &str, tick: Tick) -> Answer<()> {
    let mut update =
        connection.prepare_cached("UPDATE schedule SET settled = TRUE WHERE name = ?1 AND tick = ?2")?;
    update.execute(params![name, tick.0.as_millis()])?;
    Ok(())
}
