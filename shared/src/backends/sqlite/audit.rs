//! The audit: a row a call.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::{SqliteCatalog, moments, written};
use crate::ports::{AuditLine, AuditLog, Moment, PortError};
use crate::time::Timestamp;

const TABLE: &str = "audit";

#[async_trait]
impl AuditLog for SqliteCatalog {
    async fn note(&self, line: &AuditLine) -> Result<(), PortError> {
        let line = line.clone();
        let note = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO audit (id, at, document) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?;
            insert.execute(params![line.id, line.at.as_millis(), written(&line)?])?;
            Ok(())
        };
        self.writer.write(note).await
    }

    async fn lines(&self, after: Option<&Moment>, most: usize) -> Result<Vec<AuditLine>, PortError> {
        let after = after.cloned();
        self.readers.read(move |connection| moments::latest(connection, TABLE, after.as_ref(), most)).await
    }

    async fn forget(&self, before: Timestamp, most: usize) -> Result<u64, PortError> {
        self.writer.write(move |connection| moments::forget(connection, TABLE, before, most)).await
    }
}
