//! Sources: a column for each thing that is known of one.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use serde::de::DeserializeOwned;

use super::{Answer, entries, pages, read, unusable, written};
use crate::backends::readable::{LeftOut, Readable};
use crate::entry::{
    Change, Digest, DigestVerdict, Preparing, Scope, Seq, Source, SourceRef, Stamped, Validator,
};
use crate::ports::{SourcesPage, Trouble};
use crate::request::SourceId;
use crate::time::Timestamp;

/// In the order in which [`source`] reads them.
pub(super) const COLUMNS: &str = "id, url, host, discarded, digest, digest_stamp, validator, validator_stamp, \
                                  created_at, checked_at, changed_at, changed_to, unsteady_until, uses, \
                                  last_used_at, variants, bytes, next, checks, next_check_at, discarded_at";

pub(super) fn get(connection: &Connection, id: &SourceId) -> Answer<Option<Source>> {
    let mut select = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sources WHERE id = ?1"))?;
    let found = select.query_row([id.as_str()], |row| Ok(source(row))).optional()?;
    found.transpose()
}

/// The documents of those that have one.
pub(super) fn known(connection: &Connection, ids: &[SourceId]) -> Answer<SourcesPage> {
    let mut select = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM sources WHERE id = ?1"))?;
    let found = ids.iter().map(|id| select.query_row([id.as_str()], |row| Ok(read_row(row))).optional());
    let found: Vec<_> = found.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(Readable::of(found)?.told("sources").all())
}

/// A source, and what it says where it cannot be read.
fn read_row(row: &Row<'_>) -> (LeftOut, Answer<Source>) {
    (LeftOut { id: pages::text(row, 0), url: row.get(1).ok() }, source(row))
}

/// Makes a document for a source that has none.
pub(super) fn admit(
    connection: &Connection,
    source: &SourceRef,
    host: &str,
    stamp: Seq,
    now: Timestamp,
) -> Answer<bool> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO sources (id, url, host, discarded, created_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    let given = params![source.id.as_str(), source.url, host, stamp.get(), now.as_millis()];
    let is_new = insert.execute(given)? == 1;
    if is_new {
        // An earlier document of it was removed, and entries may be left.
        count_all(connection, &source.id)?;
    }
    Ok(is_new)
}

/// Writes down of each of these sources that so many more entries name it, with so many more bytes. It takes no longer for a source that
/// many entries name.
pub(super) fn count(connection: &Connection, ids: &[SourceId], entries: i64, bytes: i64) -> Answer<()> {
    let mut update = connection
        .prepare_cached("UPDATE sources SET variants = variants + ?2, bytes = bytes + ?3 WHERE id = ?1")?;
    for id in ids {
        update.execute(params![id.as_str(), entries, bytes])?;
    }
    Ok(())
}

/// Counts anew how many entries name a source, and how many bytes they have.
fn count_all(connection: &Connection, id: &SourceId) -> Answer<()> {
    let mut update = connection.prepare_cached(
        "UPDATE sources SET (variants, bytes) = (
             SELECT count(*), ifnull(sum(entries.size), 0)
             FROM made_from JOIN entries ON entries.key = made_from.key WHERE made_from.source = ?1
         ) WHERE id = ?1",
    )?;
    update.execute([id.as_str()])?;
    Ok(())
}

/// Sets the digest of a source, where it may be set.
pub(super) fn accept_digest(
    connection: &Connection,
    id: &SourceId,
    fetched: &Stamped<Digest>,
    validator: &Validator,
    now: Timestamp,
    next_check_at: Timestamp,
) -> Answer<DigestVerdict> {
    let Some(mut source) = get(connection, id)? else { return Ok(DigestVerdict::Differs) };
    let verdict = source.accept(fetched, validator, now);
    if verdict == DigestVerdict::Accepted {
        source.plan(next_check_at);
        put(connection, &source)?;
    }
    Ok(verdict)
}

/// Has bytes wait for the switch of a refresh that are others than a source has.
pub(super) fn prepare_bytes(
    connection: &Connection,
    id: &SourceId,
    fetched: &Stamped<Digest>,
    validator: &Validator,
    since: Seq,
    now: Timestamp,
) -> Answer<Preparing> {
    let Some(mut source) = get(connection, id)? else { return Ok(Preparing::TooLate) };
    let preparing = source.prepare(fetched, validator, since, now);
    put(connection, &source)?;
    Ok(preparing)
}

/// What it means that a fetch brought other bytes than a source has.
pub(super) fn note_change(
    connection: &Connection,
    id: &SourceId,
    fetched: &Stamped<Digest>,
    now: Timestamp,
) -> Answer<Change> {
    let Some(mut source) = get(connection, id)? else { return Ok(Change::Over) };
    let change = source.note_change(fetched, now);
    put(connection, &source)?;
    Ok(change)
}

pub(super) fn mark_unsteady(connection: &Connection, id: &SourceId, now: Timestamp) -> Answer<()> {
    let Some(mut source) = get(connection, id)? else { return Ok(()) };
    source.mark_unsteady(now);
    put(connection, &source)
}

/// Says that what was made of sources before `below` counts no more; those without document stay without.
pub(super) fn outdate(connection: &Connection, ids: &[SourceId], below: Seq, now: Timestamp) -> Answer<()> {
    // What is no number is no discard that would be newer.
    let mut update = connection.prepare_cached(
        "UPDATE sources SET discarded = ?2, discarded_at = ?3
         WHERE id = ?1 AND NOT (typeof(discarded) = 'integer' AND discarded >= ?2)",
    )?;
    for id in ids {
        update.execute(params![id.as_str(), below.get(), now.as_millis()])?;
    }
    ids.iter().try_for_each(|id| switch(connection, id))
}

/// Has a source take up what waits, if it was discarded since it had something else.
fn switch(connection: &Connection, id: &SourceId) -> Answer<()> {
    let mut waits = connection.prepare_cached("SELECT 1 FROM sources WHERE id = ?1 AND next IS NOT NULL")?;
    if !waits.exists([id.as_str()])? {
        return Ok(());
    }
    let mut source = match get(connection, id) {
        Ok(Some(source)) => source,
        Err(cause) if cause.trouble() != Trouble::Unusable => return Err(cause),
        // Of one that cannot be read what waits counts as well, since it is discarded: who can read it takes it up.
        _ => return Ok(()),
    };
    if source.switch() { put(connection, &source) } else { Ok(()) }
}

/// A host has two spellings.
const ON_HOST: &[&str] = &["host = ?3", "host = ?4"];

/// A page of the sources that a discard may be about, in order of id.
pub(super) fn about(
    connection: &Connection,
    scope: &Scope,
    after: Option<&SourceId>,
    most: usize,
) -> Answer<SourcesPage> {
    // Each is one walk along an index.
    let (filters, texts): (&[&str], _) = match scope {
        Scope::Source(id) => (&["id = ?3"], vec![id.as_str().to_owned()]),
        Scope::Prefix(prefix) => (ON_HOST, prefix.hosts().to_vec()),
        Scope::Host(host) => (ON_HOST, host.spellings().to_vec()),
        Scope::Tag(tag) => {
            let (first, beyond) = tag.ids();
            (&["id >= ?3 AND id < ?4"], vec![first.to_owned(), beyond])
        }
        Scope::Everything => (&["TRUE"], vec![]),
        Scope::Unknown => return Ok(SourcesPage::default()),
    };
    let after = after.map_or("", SourceId::as_str).to_owned();
    let each = |filter: &&str| format!("SELECT {COLUMNS} FROM sources WHERE id > ?1 AND {filter}");
    let all: Vec<String> = filters.iter().map(each).collect();
    let mut select =
        connection.prepare_cached(&format!("{} ORDER BY id LIMIT ?2", all.join(" UNION ALL ")))?;
    let given = [after.into(), pages::limit(most).into()];
    let given = params_from_iter(given.into_iter().chain(texts.into_iter().map(Value::from)));
    let found = select.query_map(given, |row| Ok(read_row(row)))?;
    Readable::of(found.collect::<Result<Vec<_>, _>>()?)?.told("sources").in_order(most)
}

/// Those of a page that are older than `before` and that nothing was made from, and where the next page begins.
pub(super) fn unused(
    connection: &Connection,
    after: Option<&SourceId>,
    before: Timestamp,
    most: usize,
) -> Answer<(Vec<SourceId>, Option<SourceId>)> {
    let mut select =
        connection.prepare_cached("SELECT id, created_at FROM sources WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let after = after.map_or("", SourceId::as_str);
    let page = pages::readable(&mut select, params![after, pages::limit(most)], 0, |row| {
        Ok((row.get::<_, String>(0)?.parse::<SourceId>().map_err(unusable)?, row.get::<_, i64>(1)?))
    })?;
    let page = page.told("sources");
    let (mut unused, mut last, mut seen) = (Vec::new(), None, page.left_out.len());
    if page.items.is_empty() && seen == most {
        return Err(unusable("of a page of sources none has an id that can be read"));
    }
    for (id, created_at) in page.items {
        if created_at < before.as_millis() && !entries::is_made_from(connection, &id)? {
            unused.push(id.clone());
        }
        (last, seen) = (Some(id), seen + 1);
    }
    Ok((unused, last.filter(|_| seen == most)))
}

pub(super) fn remove(connection: &Connection, id: &SourceId) -> Answer<()> {
    connection.prepare_cached("DELETE FROM sources WHERE id = ?1")?.execute([id.as_str()])?;
    Ok(())
}

pub(super) fn put(connection: &Connection, source: &Source) -> Answer<()> {
    let mut replace = connection.prepare_cached(&format!(
        "INSERT OR REPLACE INTO sources ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
    ))?;
    let validator = source.validator.as_ref().map(|validator| written(&validator.value)).transpose()?;
    let millis = |instant: Option<Timestamp>| instant.map(Timestamp::as_millis);
    replace.execute(params![
        source.id.as_str(),
        source.url,
        source.host,
        source.discarded.get(),
        source.digest.as_ref().map(|digest| digest.value.as_str()),
        source.digest.as_ref().map(|digest| digest.stamp.get()),
        validator,
        source.validator.as_ref().map(|validator| validator.stamp.get()),
        source.created_at.as_millis(),
        millis(source.checked_at),
        millis(source.changed_at),
        source.changed_to.as_ref().map(Digest::as_str),
        millis(source.unsteady_until),
        number(source.uses),
        millis(source.last_used_at),
        number(source.variants),
        number(source.bytes),
        source.next.as_ref().map(written).transpose()?,
        source.checks.as_ref().map(written).transpose()?,
        millis(source.next_check_at),
        millis(source.discarded_at),
    ])?;
    Ok(())
}

/// A source from a row of [`COLUMNS`].
pub(super) fn source(row: &Row<'_>) -> Answer<Source> {
    let millis = |column: usize| -> Answer<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    let count = |column: usize| row.get::<_, i64>(column)?.try_into().map_err(unusable);
    let [digest, validator, changed_to, checks]: [Option<String>; 4] =
        [row.get(4)?, row.get(6)?, row.get(11)?, row.get(18)?];
    Ok(Source {
        id: row.get::<_, String>(0)?.parse().map_err(unusable)?,
        url: row.get(1)?,
        host: row.get(2)?,
        discarded: Seq::new(row.get(3)?),
        digest: stamped(row, digest.map(text).transpose()?, 5)?,
        validator: stamped(row, validator.map(|text| read(&text)).transpose()?, 7)?,
        created_at: Timestamp::from_millis(row.get(8)?),
        checked_at: millis(9)?,
        changed_at: millis(10)?,
        changed_to: changed_to.map(text).transpose()?,
        unsteady_until: millis(12)?,
        uses: count(13)?,
        last_used_at: millis(14)?,
        variants: count(15)?,
        bytes: count(16)?,
        next: row.get::<_, Option<String>>(17)?.map(|next| read(&next)).transpose()?,
        checks: checks.map(|text| read(&text)).transpose()?,
        next_check_at: millis(19)?,
        discarded_at: millis(20)?,
    })
}

/// As SQLite counts.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A value that is written as text alone.
fn text<T: DeserializeOwned>(text: String) -> Answer<T> {
    serde_json::from_value(text.into()).map_err(unusable)
}

/// A fact, with its stamp in a column.
fn stamped<T>(row: &Row<'_>, fact: Option<T>, column: usize) -> Answer<Option<Stamped<T>>> {
    let stamp: Option<i64> = row.get(column)?;
    Ok(fact.zip(stamp).map(|(value, stamp)| Stamped { value, stamp: Seq::new(stamp) }))
}
