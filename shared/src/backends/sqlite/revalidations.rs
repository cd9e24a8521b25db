//! Revalidations: documents, with what is asked of them in columns.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Answer, SqliteCatalog, moments, pages, read, written};
use crate::ports::{Moment, PortError, Progress, Revalidation, RevalidationState, Revalidations, Tally};
use crate::time::Timestamp;

const TABLE: &str = "revalidations";

#[async_trait]
impl Revalidations for SqliteCatalog {
    async fn begin(&self, revalidation: &Revalidation) -> Result<(), PortError> {
        let new = revalidation.clone();
        let begin = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO revalidations (id, at, state, document) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?;
            insert.execute(params![new.id, new.started_at.as_millis(), new.state.name(), written(&new)?])?;
            Ok(())
        };
        self.writer.write(begin).await
    }

    async fn revalidation(&self, id: &str) -> Result<Option<Revalidation>, PortError> {
        let id = id.to_owned();
        self.readers.read(move |connection| get(connection, &id)).await
    }

    async fn revalidations(
        &self,
        after: Option<&Moment>,
        most: usize,
    ) -> Result<Vec<Revalidation>, PortError> {
        let after = after.cloned();
        self.readers.read(move |connection| moments::latest(connection, TABLE, after.as_ref(), most)).await
    }

    async fn running(&self, most: usize) -> Result<Vec<Revalidation>, PortError> {
        let running = move |connection: &Connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, document FROM revalidations WHERE state = ?1 ORDER BY at LIMIT ?2",
            )?;
            let state = RevalidationState::Running.name();
            pages::page(TABLE, most, |most| {
                pages::readable(&mut select, params![state, most], 0, moments::document)
            })
        };
        self.readers.read(running).await
    }

    async fn advance(&self, id: &str, progress: &Progress, tally: &Tally) -> Result<bool, PortError> {
        let (id, progress, tally) = (id.to_owned(), progress.clone(), tally.clone());
        let advance = move |connection: &Connection| {
            let before = |one: &Progress| one.step.checked_add(1) == Some(progress.step);
            let stands = |one: &Revalidation| {
                one.state == RevalidationState::Running && one.progress.as_ref().is_some_and(before)
            };
            let Some(seen) = get(connection, &id)?.filter(stands) else { return Ok(false) };
            put(connection, &Revalidation { progress: Some(progress), tally, ..seen })?;
            Ok(true)
        };
        self.writer.write(advance).await
    }

    async fn finish(
        &self,
        id: &str,
        state: RevalidationState,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let (id, tally) = (id.to_owned(), tally.clone());
        let finish = move |connection: &Connection| {
            let Some(seen) = get(connection, &id)?.filter(|one| one.state == RevalidationState::Running)
            else {
                return Ok(());
            };
            put(connection, &Revalidation { state, tally, finished_at: Some(now), progress: None, ..seen })
        };
        self.writer.write(finish).await
    }

    async fn forget_revalidations(&self, before: Timestamp, most: usize) -> Result<u64, PortError> {
        self.writer.write(move |connection| moments::forget(connection, TABLE, before, most)).await
    }
}

/// Writes one that is there.
fn put(connection: &Connection, one: &Revalidation) -> Answer<()> {
    let mut update =
        connection.prepare_cached("UPDATE revalidations SET state = ?2, document = ?3 WHERE id = ?1")?;
    update.execute(params![one.id, one.state.name(), written(one)?])?;
    Ok(())
}

fn get(connection: &Connection, id: &str) -> Answer<Option<Revalidation>> {
    let mut select = connection.prepare_cached("SELECT document FROM revalidations WHERE id = ?1")?;
    let document: Option<String> = select.query_row([id], |row| row.get(0)).optional()?;
    document.map(|document| read(&document)).transpose()
}
