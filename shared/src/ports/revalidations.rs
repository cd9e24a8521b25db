//! What was asked to be revalidated, and what came of it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Moment, PortError, Tally};
use crate::entry::{Position, Scope, Seq};
use crate::request::SourceId;
use crate::time::Timestamp;

/// A record of each revalidation. It decides nothing.
#[async_trait]
pub trait Revalidations: Send + Sync {
    /// Writes one down; once more is fine, and changes nothing.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn begin(&self, revalidation: &Revalidation) -> Result<(), PortError>;

    /// The one of that id.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn revalidation(&self, id: &str) -> Result<Option<Revalidation>, PortError>;

    /// Up to `limit` of them from before `after`, the last first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn revalidations(
        &self,
        after: Option<&Moment>,
        limit: usize,
    ) -> Result<Vec<Revalidation>, PortError>;

    /// Up to `limit` of those that are not finished, the oldest first.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn running(&self, limit: usize) -> Result<Vec<Revalidation>, PortError>;

    /// Writes down how far the check or refresh of that id is and what has come of it so far, if it runs and stands at the step before. Answers
    /// whether it is written: who is told that it is not leaves it to who was first.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn advance(&self, id: &str, progress: &Progress, tally: &Tally) -> Result<bool, PortError>;

    /// Finishes the one of that id, unless it is finished already: the first to say so is right.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be written.
    async fn finish(
        &self,
        id: &str,
        state: RevalidationState,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<(), PortError>;

    /// Removes up to `limit` of them that were started before `before`; answers how many.
    ///
    /// # Errors
    /// The store cannot be reached; some may be removed.
    async fn forget_revalidations(&self, before: Timestamp, limit: usize) -> Result<u64, PortError>;
}

/// One revalidation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revalidation {
    /// Random.
    pub id: String,
    /// What is done.
    pub mode: Mode,
    /// What it is about, in words.
    pub scope: String,
    /// The name of the token of who asked.
    pub by: String,
    /// When it was asked.
    pub started_at: Timestamp,
    /// When it was done, or given up.
    pub finished_at: Option<Timestamp>,
    /// How far it is.
    pub state: RevalidationState,
    /// What came of it so far.
    #[serde(flatten)]
    pub tally: Tally,
    /// Its discards, if it began with some: it is done when all of them are worked off.
    pub rules: Option<Span>,
    /// How far it is, if it is a check or a refresh that runs.
    pub progress: Option<Progress>,
}

/// How far a check or a refresh is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is selected: sources in order of id, or one scope of another kind.
    pub scopes: Vec<Scope>,
    /// Up to this source, in order of id, all are checked.
    pub after: Option<SourceId>,
    /// Some of those that follow are, too.
    pub ahead: Vec<SourceId>,
    /// How often it was written down.
    pub step: u32,
    /// The position of the ledger that it has taken, if it is a refresh: what is fetched since takes the place of what was fetched before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
}

/// What is done about the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Their origins are asked; what has changed or is gone is discarded.
    Check,
    /// They are discarded.
    Discard,
    /// What was used lately is rendered again.
    Refresh,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevalidationState {
    /// It is not done.
    Running,
    /// It is done.
    Done,
    /// It was given up.
    Failed,
}

/// Discards that were committed together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The ledger that they are in.
    pub incarnation: String,
    /// The position of the first.
    pub first: Seq,
    /// That of the last.
    pub last: Seq,
}

impl Revalidation {
    /// For so many days it is kept.
    pub const KEPT_DAYS: u32 = 90;

    /// Where it stands in the list.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { at: self.started_at, id: self.id.clone() }
    }
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Check, Self::Discard, Self::Refresh];

    /// As calls and answers say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Discard => "discard",
            Self::Refresh => "refresh",
        }
    }
}

impl RevalidationState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Failed];

    /// As answers say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}
