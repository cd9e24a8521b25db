//! The built-in engine: makes pictures in this process, with imaginary's sizes and meanings, without imaginary.
//!
//! Decoding, making and encoding are pure functions of bytes and parameters. Here they get threads of their own, and memory.

mod decode;
mod encode;
#[cfg(test)]
mod goldens;
mod info;
mod make;
mod memory;
mod output;
mod pixels;
mod problem;
mod refuse;
mod steps;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryFutureExt as _;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::{Operation, Params, Render};
use tokio::sync::{AcquireError, Semaphore};

use super::Picture;
use super::line::Line;
use crate::spell::Spell;
use make::Prepared;
use pixels::{Channels, Pixels};
use problem::{internal, unfit};

/// The engine's name in entries: what it makes of the same request may differ when it changes.
pub const NAME: &str = "builtin/1";

/// Bytes of memory that one permit stands for.
const UNIT: u64 = 1 << 16;

/// Makes pictures on a bounded number of threads, in a bounded amount of memory.
pub struct Engine {
    line: Line,
    threads: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    /// Bytes that all permits stand for.
    most: u64,
}

impl Engine {
    /// An engine that makes `threads` pictures at the same time, whose pixels take `memory` bytes at most by what their headers say. One
    /// that alone needs more is refused.
    pub fn new(threads: NonZeroUsize, memory: u64) -> Self {
        let units = usize::try_from(memory / UNIT).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            line: Line::default(),
            threads: Arc::new(Semaphore::new(threads.get())),
            memory: Arc::new(Semaphore::new(units)),
            most: memory,
        }
    }

    /// Refuses what the engine lacks whatever the source.
    ///
    /// # Errors
    /// `not_implemented`, with the name of what is lacking.
    pub fn check(render: &Render) -> Result<(), Failure> {
        refuse::operation(render.operation, &read(render)?)
    }

    /// Makes what is asked for of `source`. A render that is dropped keeps its thread and its memory until it has ended.
    ///
    /// # Errors
    /// The engine lacks what is asked for, the source cannot be decoded, or one does not fit the other.
    pub async fn render(&self, render: &Render, source: Bytes) -> Result<Picture, Failure> {
        self.render_within(render, source, None).await
    }

    /// The same; one for which nobody waits goes behind all others, and is to begin within a spell.
    ///
    /// # Errors
    /// Those of [`render`](Self::render); the spell is over.
    pub(crate) async fn render_within(
        &self,
        render: &Render,
        source: Bytes,
        spell: Option<&Spell>,
    ) -> Result<Picture, Failure> {
        let (params, operation) = (read(render)?, render.operation);
        refuse::operation(operation, &params)?;
        let thread = || Arc::clone(&self.threads).acquire_owned().map_err(closed);
        let thread = self.line.place(spell, thread).await?;
        if operation == Operation::Info {
            return apart(move || {
                let _thread = thread;
                info::info(&source)
            })
            .await;
        }
        let (thread, prepared) =
            apart(move || Prepared::new(operation, params, source).map(|prepared| (thread, prepared)))
                .await?;
        let memory =
            Arc::clone(&self.memory).acquire_many_owned(self.units(&prepared)?).await.map_err(closed)?;
        apart(move || {
            let _held = (thread, memory);
            prepared.make()
        })
        .await
    }

    /// How many permits for memory a render takes.
    fn units(&self, prepared: &Prepared) -> Result<u32, Failure> {
        let needs = prepared.needs();
        let units = u32::try_from(needs / UNIT).ok().filter(|_| needs <= self.most);
        units.ok_or_else(|| {
            let most = self.most;
            unfit(format!("it would take about {needs} bytes of memory; the built-in engine has {most}"))
        })
    }
}

/// Pixels of red, green and blue, row by row, as a JPEG of a quality from 1 to 100.
///
/// # Errors
/// They are not as many as its sides say, or too many for a JPEG.
pub(crate) fn jpeg(width: usize, height: usize, samples: Vec<u8>, quality: u8) -> Result<Bytes, Failure> {
    let pixels = Pixels::new(width, height, Channels::Rgb, samples);
    let pixels = pixels.ok_or_else(|| internal("a picture has not the pixels that its sides say"))?;
    encode::jpeg(&pixels, quality).map(Bytes::from)
}

fn read(render: &Render) -> Result<Params, Failure> {
    let read = render.read().map_err(|refusal| {
        tracing::error!(%refusal, "a job's parameters cannot be read");
        Failure::new(FailureCode::Internal, "the job cannot be read")
    });
    read.map(|(params, _)| params)
}

/// Runs what keeps a thread busy where it holds up nobody. A decoder that panics takes its own render with it, and no other.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| {
        if broken.is_panic() {
            tracing::error!("a decoder panicked; the source is refused");
            return Err(Failure::new(FailureCode::NotAnImage, "the source cannot be decoded"));
        }
        Err(Failure::new(FailureCode::Internal, "the process ends"))
    })
}

/// Nobody closes them while the engine lives.
fn closed(_: AcquireError) -> Failure {
    Failure::new(FailureCode::Internal, "the engine has ended")
}
