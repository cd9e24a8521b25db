//! What makes pictures: one or several imaginaries, or the engine that is built in.

mod answer;
pub mod engine;
mod imaginaries;
mod line;
mod message;
mod pool;
mod versions;
mod watch;

use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::backends::imaginary::NoClient;
use imcaxy_shared::config;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::request::Render;

use crate::errand::Errand;
use crate::relay::{self, Lender};
use engine::Engine;
use imaginaries::Imaginaries;

/// What the engine's pictures may take of memory, by what their headers say: three of the largest sources that the limits let through by
/// default, decoded.
const ENGINE_MEMORY: u64 = 1 << 30;

/// A rendered picture, or what `info` says of one.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its media type, as the processor named it.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What came of a render.
pub(crate) struct Rendered {
    pub picture: Picture,
    /// Which imaginary it was, as far as it tells.
    pub renderer: Option<String>,
}

/// What makes pictures.
pub(crate) enum Processor {
    /// Those that `imaginary.url` names.
    Imaginaries(Box<Imaginaries>),
    /// This process, where it names none.
    Engine(Engine),
}

impl Processor {
    /// What the settings name; a render waits for a place in an imaginary for `patience` at most, and no result has more than `max_pixels`.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub(crate) fn new(
        settings: &config::Imaginary,
        patience: Duration,
        max_pixels: Option<u64>,
    ) -> Result<Self, NoClient> {
        if !settings.renders() {
            let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
            return Ok(Self::Engine(Engine::new(threads, ENGINE_MEMORY)));
        }
        Imaginaries::new(settings, patience, max_pixels).map(|all| Self::Imaginaries(Box::new(all)))
    }

    /// Refuses a render that could not be made of any source, before anything is fetched for it. `lender` is imaginary's way to this worker.
    ///
    /// # Errors
    /// The engine lacks what is asked for, or imaginary has no way to the watermark images.
    pub(crate) fn check(&self, lender: Option<&Lender>, render: &Render) -> Result<(), Failure> {
        match self {
            Self::Imaginaries(_) => relay::check(lender, render),
            Self::Engine(_) => Engine::check(render),
        }
    }

    /// Renders `source`. Whether somebody still has to is asked at the last moment before it begins, which is what is expensive.
    ///
    /// # Errors
    /// What is asked for is refused, or rendering it fails; the job is lost.
    pub(crate) async fn render(
        &self,
        render: &Render,
        source: Bytes,
        errand: Errand<'_>,
    ) -> Result<Rendered, Failure> {
        let engine = match self {
            Self::Imaginaries(imaginaries) => return imaginaries.render(render, source, errand).await,
            Self::Engine(engine) => engine,
        };
        if errand.is_lost().await {
            return Err(Failure::new(FailureCode::Internal, "the claim was lost"));
        }
        let rendering = engine.render_within(render, source, errand.spell());
        let picture = errand.took().measure(|took, millis| took.imaginary = Some(millis), rendering).await?;
        Ok(Rendered { picture, renderer: None })
    }

    /// Watches over the imaginaries until it is time to stop.
    pub(crate) async fn watch(&self, lifecycle: &Lifecycle) {
        if let Self::Imaginaries(imaginaries) = self {
            imaginaries.watch(lifecycle).await;
        }
    }
}
