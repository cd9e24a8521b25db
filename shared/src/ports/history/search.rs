//! How ended jobs are searched, and walked page by page.

use super::{EndedJob, EndedState};
use crate::ports::Moment;

/// What is looked for; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// [`EndedJob::url`].
    pub url: Option<String>,
    /// [`EndedJob::host`].
    pub host: Option<String>,
    /// [`EndedJob::kind`].
    pub kind: Option<String>,
    /// [`EndedJob::state`].
    pub state: Option<EndedState>,
    /// [`EndedJob::error`].
    pub error: Option<String>,
    /// Only those that come after this one.
    pub after: Option<Moment>,
    /// How many at most.
    pub limit: usize,
}

impl EndedJob {
    /// Where it stands in the history.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { at: self.ended_at, id: self.life() }
    }
}
