//! A flight around the queue: look, have a worker render, land.

use imcaxy_shared::backends::direct::Unrendered;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, Failure};
use imcaxy_shared::ports::PortError;

use super::{Course, Outcome, Pilot, Sight};
use crate::detour;

impl Pilot {
    /// Flies without the queue until something has landed or nobody waits any more; then the render ends, too, since nothing of it is kept.
    ///
    /// # Errors
    /// The catalog is away: nobody knows what there is, or what has been discarded.
    pub(super) async fn fly_around(&mut self) -> Result<(), PortError> {
        detour::watch(&self.app, &self.asked.key);
        let mut course = Course::On;
        while course == Course::On {
            // The ledger was read before the render is asked for, so that its position is the stamp of what is fetched for it.
            let Sight::Nothing { seq } = self.look().await? else { return Ok(()) };
            course = tokio::select! {
                rendered = detour::render(&self.app, &self.asked.job, seq) => self.take(rendered, seq),
                () = self.flight.deserted() => Course::Over,
            };
        }
        Ok(())
    }

    /// Lands with what a worker has answered, unless somebody has joined meanwhile who wants what is newer.
    fn take(&mut self, rendered: Result<Announcement, Unrendered>, stamp: Seq) -> Course {
        let outcome = match rendered {
            Ok(Announcement { key, took, outcome, sources, .. }) if key == self.asked.key => {
                self.took = took;
                // The worker may not know all that is blocked, and what it was redirected to is known to nobody before.
                let outcome = match self.app.blocks.against(&sources) {
                    Some(blocked) => Announced::Failed(Failure::blocked(&blocked.url)),
                    None => outcome,
                };
                match outcome {
                    Announced::Unkept { entry, why, body: Some(body) } => {
                        Outcome::Unkept(entry.into(), why, Some(body))
                    }
                    Announced::Failed(failure) => Outcome::Failed { failure, stamp, sources },
                    // No worker answers so.
                    _ => Outcome::Unavailable,
                }
            }
            Ok(_) | Err(Unrendered::Unanswered) => Outcome::Unavailable,
            Err(Unrendered::Busy(wait)) => Outcome::Busy(wait),
        };
        match outcome {
            Outcome::Unkept(..) | Outcome::Failed { .. } => self.land(outcome, stamp, false),
            outcome => self.divert(outcome),
        }
    }
}
