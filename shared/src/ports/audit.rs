//! Who has changed what by the administration.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Moment, PortError};
use crate::time::Timestamp;

/// Every call that changes something, whatever became of it.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Writes a line down; once more is fine.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn note(&self, line: &AuditLine) -> Result<(), PortError>;

    /// Up to `limit` lines from before `after`, the last first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn lines(&self, after: Option<&Moment>, limit: usize) -> Result<Vec<AuditLine>, PortError>;

    /// Removes up to `limit` lines from before `before`; answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget(&self, before: Timestamp, limit: usize) -> Result<u64, PortError>;
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Random.
    pub id: String,
    /// When it was answered.
    pub at: Timestamp,
    /// The name of the token.
    pub actor: String,
    /// What was to be done, such as `revalidate`.
    pub action: String,
    /// What it was about; empty where the call was not understood.
    pub scope: String,
    /// The status of the answer.
    pub result: String,
}

impl AuditLine {
    /// For so many days it is kept.
    pub const KEPT_DAYS: u32 = 400;

    /// Where it stands in the list.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { at: self.at, id: self.id.clone() }
    }
}
