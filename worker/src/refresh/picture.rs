//! One variant that is rendered again and waits.

use std::sync::Arc;

use imcaxy_shared::entry::{Entry, NextPicture, Source};
use imcaxy_shared::jobs::{Failure, RenderJob};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::FailedSource;

use super::{Came, SourceRefresh, Unready, away};
use crate::errand::Errand;
use crate::fetch::Fetched;
use crate::make::make;
use crate::persist::prepare;
use crate::source::{Sources, targets};

impl SourceRefresh<'_> {
    /// Renders a variant again, unless it waits already or was rendered since the refresh began, which the switch leaves alone. One that
    /// cannot be made for good, or not from what is known of it, is left out: it is a miss after the switch.
    pub(super) async fn prepare_picture(
        &self,
        source: &Source,
        fetched: &Fetched,
        entry: &Entry,
    ) -> Result<(), Unready> {
        let round = self.round;
        let parts = round.parts;
        if entry.stamp >= round.since {
            return Ok(());
        }
        if let Some(next) = entry.next.as_ref().filter(|next| self.waits(next, fetched)) {
            self.fetches.waits(next);
            return Ok(());
        }
        if round.spell.is_over() {
            return Err(Unready::Came(Came::NotYet));
        }
        let again = RenderJob::again(entry, &parts.ignored, &parts.processor_name, &parts.salt);
        let Some(job) = again else {
            tracing::debug!(key = %entry.key, "a variant cannot be rendered again from what is known of it");
            return Ok(());
        };
        match self.render(source, fetched, entry, &job).await {
            // One of its other pictures must not be kept.
            Err(Unready::Private(_)) => Ok(()),
            Err(Unready::Failed(failure)) if !failure.code.is_passing() => {
                tracing::debug!(key = %entry.key, cause = failure.message, "a variant is left out of a refresh");
                Ok(())
            }
            // It has found no place, or none that was well, and may do so yet.
            Err(Unready::Failed(_)) if round.spell.is_over() => Err(Unready::Came(Came::NotYet)),
            done => done,
        }
    }

    /// Whether a rendering is one of this refresh, made from these bytes.
    fn waits(&self, next: &NextPicture, fetched: &Fetched) -> bool {
        let same = |made| fetched.hops.iter().any(|hop| hop == made);
        next.stamp >= self.round.since && next.sources.iter().any(same)
    }

    async fn render(
        &self,
        source: &Source,
        fetched: &Fetched,
        entry: &Entry,
        job: &RenderJob,
    ) -> Result<(), Unready> {
        let (round, failed) = (self.round, |failure: Failure| Unready::Failed(failure));
        let parts = round.parts;
        parts.processor.check(parts.lender.as_ref(), &job.render).map_err(failed)?;
        let mut all = Vec::new();
        for target in targets(parts, job) {
            all.push(match target.source.id == source.id {
                true => fetched.clone(),
                false => self.fetches.fetch(target).await?,
            });
        }
        let sources = Sources::waiting(all);
        let previous = Some(entry.rendered_at());
        let made = make(parts, Errand::Nobody(round.hold, round.spell), job, &sources, previous).await;
        let (made, picture) = made.map_err(failed)?;
        // On a task of its own, as what is asked for.
        let waits = Lifecycle::spawn_child(prepare(Arc::clone(parts), made, picture.bytes)).await;
        match waits {
            Ok(waits) => waits.map_err(|cause| away(&cause)),
            Err(_) => {
                Err(Unready::Came(Came::Failed(FailedSource::new(&source.url, "a rendering broke off"))))
            }
        }
    }
}
