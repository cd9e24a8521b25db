//! The outbox: a row an item.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::{Answer, SqliteCatalog, pages};
use crate::jobs::{PAYLOAD_VERSION, Payload};
use crate::ports::{LEFT_ALONE, OUTBOX_SKEW, Outbox, OutboxId, OutboxItem, PortError};
use crate::time::Timestamp;

#[async_trait]
impl Outbox for SqliteCatalog {
    async fn put(&self, items: &[OutboxItem]) -> Result<(), PortError> {
        let items = items.to_vec();
        self.writer.write(move |connection| items.iter().try_for_each(|item| put(connection, item))).await
    }

    async fn due(&self, now: Timestamp, limit: usize, hold: Duration) -> Result<Vec<OutboxItem>, PortError> {
        self.writer.write(move |connection| due(connection, now, limit, hold)).await
    }

    async fn close(&self, id: &OutboxId) -> Result<(), PortError> {
        let id = id.clone();
        let close = move |connection: &Connection| {
            connection.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id.as_str()])?;
            Ok(())
        };
        self.writer.write(close).await
    }
}

fn put(connection: &Connection, item: &OutboxItem) -> Answer<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox (id, version, payload, not_before, created_at, next_at, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    let (due, created_at) = (item.not_before.as_millis(), item.created_at.as_millis());
    insert.execute(params![item.id.as_str(), item.payload.version, item.payload.text, due, created_at])?;
    Ok(())
}

/// Gives out what is due, and holds it.
fn due(connection: &Connection, now: Timestamp, most: usize, hold: Duration) -> Answer<Vec<OutboxItem>> {
    let mut select = connection.prepare_cached(
        "SELECT id, version, payload, not_before, created_at FROM outbox
         WHERE version = ?1 AND (next_at <= ?2 OR set_at > ?3) ORDER BY next_at LIMIT ?4",
    )?;
    let ahead = now.plus(OUTBOX_SKEW).as_millis();
    let given = params![PAYLOAD_VERSION, now.as_millis(), ahead, pages::limit(most)];
    let due = pages::readable(&mut select, given, 0, item)?.told("outbox");
    let mut held = connection.prepare_cached("UPDATE outbox SET next_at = ?2, set_at = ?3 WHERE id = ?1")?;
    let ids = due.items.iter().map(|item| (item.id.as_str(), hold));
    for (id, hold) in ids.chain(due.left_out.iter().map(|it| (it.id.as_str(), LEFT_ALONE))) {
        held.execute(params![id, now.plus(hold).as_millis(), now.as_millis()])?;
    }
    Ok(due.items)
}

fn item(row: &Row<'_>) -> Answer<OutboxItem> {
    let [not_before, created_at] = [row.get(3)?, row.get(4)?].map(Timestamp::from_millis);
    let payload = Payload { version: row.get(1)?, text: row.get(2)? };
    Ok(OutboxItem { id: OutboxId::from_store(row.get(0)?), payload, not_before, created_at })
}
