//! Entries: documents, with what is asked of them in columns.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Answer, pages, read, sources, unusable, written};
use crate::entry::{Entry, Found, NextPicture, ObjectName, Seq};
use crate::ports::{Made, Prepared, Recorded, Trouble};
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

/// In the order in which [`entry`] reads them.
pub(super) const COLUMNS: &str = "document, uses, last_used_at, entries.key";
/// Which of them is its key.
pub(super) const KEY: usize = 3;

pub(super) fn get(connection: &Connection, key: &CacheKey) -> Answer<Option<Entry>> {
    let mut select = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE key = ?1"))?;
    select.query_row([key.as_str()], |row| Ok(entry(row))).optional()?.transpose()
}

/// An entry from a row of [`COLUMNS`]: what is counted is not written into its document.
pub(super) fn entry(row: &Row<'_>) -> Answer<Entry> {
    let document: String = row.get(0)?;
    let last_used_at: Option<i64> = row.get(2)?;
    Ok(Entry {
        uses: row.get::<_, i64>(1)?.try_into().map_err(unusable)?,
        last_used_at: last_used_at.map(Timestamp::from_millis),
        ..read(&document)?
    })
}

/// Keeps an entry, unless one is there that is as good.
pub(super) fn record(connection: &Connection, entry: &Entry) -> Answer<Recorded> {
    let there = get(connection, &entry.key)?;
    match there {
        Some(there) if there.stays_before(entry) => Ok(Recorded::Stays(Box::new(there))),
        Some(there) => {
            let next = entry.still_waiting(&there);
            put(connection, &Entry { next, ..entry.clone() }.counted_on(&there))?;
            Ok(Recorded::Kept { replaced: entry.replacing(there) })
        }
        None => {
            put(connection, entry)?;
            Ok(Recorded::Kept { replaced: Vec::new() })
        }
    }
}

/// Has a rendering wait in the place of an entry that was found.
pub(super) fn prepare(connection: &Connection, found: &Found, next: &NextPicture) -> Answer<Prepared> {
    let Some((entry, replaced)) = found.awaiting(next) else { return Ok(Prepared::Useless) };
    put(connection, &entry)?;
    Ok(Prepared::Kept { replaced })
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

/// Removes what is known of an object: an entry that names it and in whose place nothing waits, or what waits; else what waits takes its
/// place.
pub(super) fn forget(connection: &Connection, key: &CacheKey, object: &ObjectName) -> Answer<()> {
    let there = match get(connection, key) {
        // Nobody knows whether something waits in its place.
        Err(cause) if cause.trouble() == Trouble::Unusable && names(connection, key, object)? => {
            return remove(connection, key);
        }
        there => there?,
    };
    let Some(there) = there else { return Ok(()) };
    if there.next.as_ref().is_some_and(|next| next.object == *object) {
        return put(connection, &Entry { next: None, ..there });
    }
    if there.object != *object {
        return Ok(());
    }
    if let Some(switched) = there.switched() {
        return put(connection, &switched);
    }
    remove(connection, key)
}

fn names(connection: &Connection, key: &CacheKey, object: &ObjectName) -> Answer<bool> {
    let mut select = connection.prepare_cached("SELECT 1 FROM entries WHERE key = ?1 AND object = ?2")?;
    Ok(select.exists([key.as_str(), object.as_str()])?)
}

fn remove(connection: &Connection, key: &CacheKey) -> Answer<()> {
    let size = size_of(connection, key)?.unwrap_or_default();
    connection.prepare_cached("DELETE FROM entries WHERE key = ?1")?.execute([key.as_str()])?;
    let before = sources_of(connection, key)?;
    forget_made_from(connection, key)?;
    sources::count(connection, &before, -1, -size)
}

/// Whether an entry was made from a source.
pub(super) fn is_made_from(connection: &Connection, source: &SourceId) -> Answer<bool> {
    let mut select = connection.prepare_cached("SELECT 1 FROM made_from WHERE source = ?1 LIMIT 1")?;
    Ok(select.exists([source.as_str()])?)
}

/// Some of those that were made from one of `sources` with a stamp below `below`.
pub(super) fn made_before(
    connection: &Connection,
    sources: &[SourceId],
    below: Seq,
    most: usize,
) -> Answer<Vec<Made>> {
    let mut select = connection.prepare_cached(
        "SELECT DISTINCT entries.key, object, size FROM made_from
         JOIN entries ON entries.key = made_from.key
         WHERE source IN (SELECT value FROM json_each(?1)) AND stamp < ?2 LIMIT ?3",
    )?;
    let sources = written(&sources)?;
    let read = |row: &Row<'_>| {
        let [key, object]: [String; 2] = [row.get(0)?, row.get(1)?];
        let (key, object) = (key.parse().map_err(unusable)?, object.parse().map_err(unusable)?);
        Ok(Made { key, object, size: row.get::<_, i64>(2)?.try_into().map_err(unusable)? })
    };
    pages::page("entries", most, |most| {
        pages::readable(&mut select, params![sources, below.get(), most], 0, read)
    })
}

fn put(connection: &Connection, entry: &Entry) -> Answer<()> {
    let key = entry.key.as_str();
    if let Some(size) = size_of(connection, &entry.key)? {
        sources::count(connection, &sources_of(connection, &entry.key)?, -1, -size)?;
    }
    forget_made_from(connection, &entry.key)?;
    let mut made_from = connection
        .prepare_cached("INSERT INTO made_from (source, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for source in &entry.sources {
        made_from.execute([source.id.as_str(), key])?;
    }
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO entries (key, stamp, object, document, size, created_at, uses, last_used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let [size, uses] = [entry.size, entry.uses].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    replace.execute(params![
        key,
        entry.stamp.get(),
        entry.object.as_str(),
        written(entry)?,
        size,
        entry.created_at.as_millis(),
        uses,
        entry.last_used_at.map(Timestamp::as_millis),
    ])?;
    sources::count(connection, &sources_of(connection, &entry.key)?, 1, size)
}

fn size_of(connection: &Connection, key: &CacheKey) -> Answer<Option<i64>> {
    let mut select = connection.prepare_cached("SELECT size FROM entries WHERE key = ?1")?;
    Ok(select.query_row([key.as_str()], |row| row.get(0)).optional()?)
}

/// The sources that an entry was made from, each once.
fn sources_of(connection: &Connection, key: &CacheKey) -> Answer<Vec<SourceId>> {
    let mut select = connection.prepare_cached("SELECT source FROM made_from WHERE key = ?1")?;
    let ids = select.query_map([key.as_str()], |row| row.get::<_, String>(0))?;
    ids.map(|id| id?.parse().map_err(unusable)).collect()
}

fn forget_made_from(connection: &Connection, key: &CacheKey) -> Answer<()> {
    connection.prepare_cached("DELETE FROM made_from WHERE key = ?1")?.execute([key.as_str()])?;
    Ok(())
}
