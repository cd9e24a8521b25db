//! The audit: one document a call.

use async_trait::async_trait;

use super::operation::insert_new;
use super::{MongoCatalog, documents, moments};
use crate::ports::{AuditLine, AuditLog, Moment, PortError};
use crate::time::Timestamp;

const WHEN: &str = "at";

#[async_trait]
impl AuditLog for MongoCatalog {
    async fn note(&self, line: &AuditLine) -> Result<(), PortError> {
        insert_new(&self.audit, documents::write(line)?).await?;
        Ok(())
    }

    async fn lines(&self, after: Option<&Moment>, most: usize) -> Result<Vec<AuditLine>, PortError> {
        moments::latest(&self.audit, "audit", WHEN, after, most).await
    }

    async fn forget(&self, before: Timestamp, most: usize) -> Result<u64, PortError> {
        moments::forget(&self.audit, WHEN, before, most).await
    }
}
