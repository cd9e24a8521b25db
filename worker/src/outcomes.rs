//! What became of sources that were gone over together.

use std::collections::HashSet;

use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;

/// What may become of a source.
pub(crate) trait Outcome: PartialEq {
    /// There was no time for it, or no room: it is to be gone over again.
    const NOT_YET: Self;
}

/// What became of sources. Where it broke off, what came of some is told all the same.
pub(crate) struct Outcomes<C> {
    /// Of each, in any order.
    pub came: Vec<(SourceId, C)>,
    /// Why some are not done yet, if that is not for want of time: a store cannot be reached.
    pub broke: Option<PortError>,
}

/// Which of some sources are done, and why it was broken off, if it was.
pub(crate) struct Done {
    pub done: HashSet<SourceId>,
    pub broke: Option<PortError>,
}

impl<C> Default for Outcomes<C> {
    fn default() -> Self {
        Self { came: Vec::new(), broke: None }
    }
}

impl<C: Outcome> Outcomes<C> {
    /// These and those.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.came.extend(other.came);
        Self { broke: self.broke.or(other.broke), ..self }
    }

    pub(crate) fn add(&mut self, source: SourceId, came: Result<C, PortError>) {
        let came = came.unwrap_or_else(|cause| {
            self.broke = Some(cause);
            C::NOT_YET
        });
        self.came.push((source, came));
    }

    /// What became of each that is told, without its name.
    pub(crate) fn each(&self) -> impl Iterator<Item = &C> {
        self.came.iter().map(|(_, came)| came)
    }

    pub(crate) fn done(self) -> Done {
        let done = self.came.into_iter().filter(|(_, came)| *came != C::NOT_YET);
        Done { done: done.map(|(source, _)| source).collect(), broke: self.broke }
    }
}
