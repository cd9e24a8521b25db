//! The imaginaries that `imaginary.url` names, asked in turns.

use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::backends::imaginary::{Imaginary, NoAnswer, NoClient, largest_picture};
use imcaxy_shared::config;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Render;
use tokio::time::Instant;

use super::line::Line;
use super::pool::{End, Place, Pool};
use super::versions::Versions;
use super::{Rendered, answer};
use crate::errand::Errand;
use crate::spell::Spell;

/// Who is asked, and what each is made of.
pub(crate) struct Imaginaries {
    pub(super) bases: Vec<Imaginary>,
    pub(super) pool: Pool,
    line: Line,
    pub(super) versions: Versions,
    /// How long a render waits for a place.
    patience: Duration,
    /// How many bytes of a picture are read.
    largest: u64,
}

impl Imaginaries {
    /// All that the settings name; a render waits for a place in one of them for `patience` at most, and no result has more than
    /// `max_pixels`.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub(super) fn new(
        settings: &config::Imaginary,
        patience: Duration,
        max_pixels: Option<u64>,
    ) -> Result<Self, NoClient> {
        let bases = Imaginary::all(settings)?;
        let pool = Pool::new(bases.len(), settings.concurrency);
        let (versions, largest) = (Versions::new(bases.len()), largest_picture(max_pixels));
        Ok(Self { bases, pool, line: Line::default(), versions, patience, largest })
    }

    /// Renders `source`. Whether somebody still has to is asked at the last moment before each call, which is what is expensive.
    ///
    /// One for which nobody waits goes behind all others. A call that found nobody to connect to is made once more, of another imaginary, in
    /// what remains of the patience. No other is: it may have crashed the one that it was made of.
    ///
    /// # Errors
    /// imaginary refuses, or fails in one of its ways; the job is lost.
    pub(super) async fn render(
        &self,
        render: &Render,
        source: Bytes,
        errand: Errand<'_>,
    ) -> Result<Rendered, Failure> {
        let spell = errand.spell();
        let until = spell.map_or_else(|| Instant::now() + self.patience, Spell::until);
        let place = self.line.place(spell, || self.pool.place(until, None)).await?;
        let first = place.base();
        match self.call(place, render, source.clone(), errand).await? {
            Ok(rendered) => Ok(rendered),
            Err(unconnected) => match self.line.place(spell, || self.pool.place(until, Some(first))).await {
                Ok(place) => self.call(place, render, source, errand).await?,
                Err(_) => Err(unconnected),
            },
        }
    }

    /// One call. The inner error is that nobody was there to connect to.
    async fn call(
        &self,
        place: Place<'_>,
        render: &Render,
        source: Bytes,
        errand: Errand<'_>,
    ) -> Result<Result<Rendered, Failure>, Failure> {
        // A worker that was frozen on the way here may have lost its job to another.
        if errand.is_lost().await {
            return Err(Failure::new(FailureCode::Internal, "the claim was lost"));
        }
        let base = place.base();
        let Some(imaginary) = self.bases.get(base) else {
            return Err(Failure::new(FailureCode::Internal, "there is no such imaginary"));
        };
        let posting = imaginary.post(render, source, self.largest);
        let answered = errand.took().measure(|took, millis| took.imaginary = Some(millis), posting).await;
        let (outcome, end) = answer::read(render.operation, &answered);
        if end != End::Well {
            let cause = outcome.as_ref().err().map(|failure| failure.message.as_str());
            tracing::warn!(imaginary = %imaginary.base(), cause, "imaginary failed");
        }
        place.ended(end);
        match outcome {
            Ok(picture) => Ok(Ok(Rendered { picture, renderer: self.versions.of(base) })),
            Err(failure) if answered == Err(NoAnswer::Unconnected) => Ok(Err(failure)),
            Err(failure) => Err(failure),
        }
    }
}
