//! Entries: documents, with what is asked of them in columns.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Answer, read, written};
use crate::entry::{Entry, ObjectName};
use crate::ports::Recorded;
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

pub(super) fn get(connection: &Connection, key: &CacheKey) -> Answer<Option<Entry>> {
    let mut select = connection.prepare_cached("SELECT document FROM entries WHERE key = ?1")?;
    let document: Option<String> = select.query_row([key.as_str()], |row| row.get(0)).optional()?;
    document.map(|document| read(&document)).transpose()
}

/// Keeps an entry, unless one is there that is as good.
pub(super) fn record(connection: &Connection, entry: &Entry) -> Answer<Recorded> {
    let there = get(connection, &entry.key)?;
    match there {
        Some(there)
            if there.stamp > entry.stamp
                || (there.stamp == entry.stamp && there.sources == entry.sources) =>
        {
            Ok(Recorded::Stays(Box::new(there)))
        }
        there => {
            put(connection, entry)?;
            Ok(Recorded::Kept { replaced: there.map(|there| there.object) })
        }
    }
}

/// Says that an entry that still names `object` was confirmed.
pub(super) fn renew(
    connection: &Connection,
    key: &CacheKey,
    object: &ObjectName,
    now: Timestamp,
) -> Answer<Option<Entry>> {
    let Some(there) = get(connection, key)?.filter(|there| there.object == *object) else { return Ok(None) };
    let renewed = Entry { renewed_at: Some(now), ..there };
    put(connection, &renewed)?;
    Ok(Some(renewed))
}

/// Removes an entry that still names `object`.
pub(super) fn forget(connection: &Connection, key: &CacheKey, object: &ObjectName) -> Answer<()> {
    let mut delete = connection.prepare_cached("DELETE FROM entries WHERE key = ?1 AND object = ?2")?;
    if delete.execute([key.as_str(), object.as_str()])? > 0 {
        forget_sources(connection, key)?;
    }
    Ok(())
}

/// Whether an entry was made from a source.
pub(super) fn is_made_from(connection: &Connection, source: &SourceId) -> Answer<bool> {
    let mut select = connection.prepare_cached("SELECT 1 FROM made_from WHERE source = ?1 LIMIT 1")?;
    Ok(select.exists([source.as_str()])?)
}

fn put(connection: &Connection, entry: &Entry) -> Answer<()> {
    let key = entry.key.as_str();
    forget_sources(connection, &entry.key)?;
    let mut made_from = connection
        .prepare_cached("INSERT INTO made_from (source, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for source in &entry.sources {
        made_from.execute([source.id.as_str(), key])?;
    }
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO entries (key, stamp, object, document) VALUES (?1, ?2, ?3, ?4)",
    )?;
    replace.execute(params![key, entry.stamp.get(), entry.object.as_str(), written(entry)?])?;
    Ok(())
}

fn forget_sources(connection: &Connection, key: &CacheKey) -> Answer<()> {
    connection.prepare_cached("DELETE FROM made_from WHERE key = ?1")?.execute([key.as_str()])?;
    Ok(())
}
