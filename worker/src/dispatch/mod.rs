//! Runs jobs: claims them from the queue, hands them to apalis, ends every claim that it took.
//!
//! The feed takes a job only when a slot is free for it, so a claim never waits behind a busy worker. apalis runs each
//! handler on a task of its own and turns a failure, a panic and a time-out into one error path. The settle layer
//! around it renews the claim meanwhile and finishes it afterwards.

mod feed;
mod settle;
mod slots;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt as _;
use apalis::layers::catch_panic::CatchPanicLayer;
use apalis::layers::tracing::TraceLayer;
use apalis_core::error::{BoxDynError, WorkerError};
use apalis_core::task::Task;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::ext::parallelize::ParallelizeLayer;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use imcaxy_shared::jobs::WorkerId;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::Ending;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument as _, Span};

use crate::ending::Settler;
use crate::failure::{Panicked, panicked};
use crate::hold::Hold;
use feed::{Feed, Taken, keep_fed};
use settle::Settle;

/// Does one job. It may panic; when its time is up it is dropped where it waits.
pub(crate) type Handler = Arc<dyn Fn(Arc<Hold>) -> BoxFuture<'static, Ending> + Send + Sync>;

/// What a worker allows itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Jobs that run at the same time.
    pub concurrency: NonZeroUsize,
    /// The time of one attempt; its claim is not renewed beyond it.
    pub attempt: Duration,
    /// How long a request's job that waits is kept when nobody asks for it.
    pub patience: Duration,
    /// How long running jobs may go on once it is time to stop.
    pub drain: Duration,
}

/// The runtime under the jobs ended by itself.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended by itself: {0}")]
pub struct WorkerBroke(BoxDynError);

/// Runs jobs until it is time to stop and all that was claimed has ended. What still runs when [`Limits::drain`] is
/// over is dropped, and its claim is ended as a failure, or, if it is upkeep, tried again later.
///
/// # Errors
/// When apalis ends before: with a backend that has no errors, only by a fault of its own.
pub(crate) async fn dispatch(
    settler: Arc<Settler>,
    worker: &WorkerId,
    handler: Handler,
    limits: Limits,
    lifecycle: &Lifecycle,
) -> Result<(), WorkerBroke> {
    // One place for each slot, and a slot for each job that is sent: sending never waits.
    let (sender, receiver) = mpsc::channel(limits.concurrency.get());
    let cut_off = CancellationToken::new();
    let (queue, backoff, within) = (Arc::clone(&settler.queue), settler.backoff, settler.within);
    let settle = Settle { settler, limits, cut_off: cut_off.clone() };
    let working = work(worker, Feed(receiver), settle, handler, limits);
    let feeding = keep_fed(queue, worker, sender, limits, backoff, lifecycle);
    let cutting = async {
        lifecycle.stopping().await;
        sleep(limits.drain).await;
        cut_off.cancel();
        sleep(within).await;
        tracing::error!("jobs are left behind that did not end when they were cut off");
        Ok(())
    };
    tokio::select! {
        ended = async { tokio::try_join!(working, feeding.map(Ok)) } => {
            ended.map(|_| ()).map_err(|error| WorkerBroke(error.into()))
        }
        cut = cutting => cut,
    }
}

/// Runs what the feed sends, until it ends.
///
/// Boxed here, outside any `async`, because there the compiler can no longer prove that a worker with a
/// [`ParallelizeLayer`] is `Send`.
fn work(
    worker: &WorkerId,
    feed: Feed,
    settle: Settle,
    handler: Handler,
    limits: Limits,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    // Outermost first: the claim ends after all that can happen to the job inside it.
    WorkerBuilder::new(worker.as_str())
        .backend(feed)
        .layer(settle)
        .timeout(limits.attempt)
        .layer(TraceLayer::new().make_span_with(job_span))
        .layer(ParallelizeLayer::new(on_own_task))
        .layer(CatchPanicLayer::with_panic_handler(panicked))
        .build(move |taken: Taken| {
            let handler = Arc::clone(&handler);
            // Called inside the future: a panic of the call itself would leave apalis counting a job that never ends.
            async move { Ok::<Ending, Panicked>(handler(taken.hold).await) }
        })
        .run()
        .boxed()
}

fn job_span(job: &Task<Taken>) -> Span {
    let claim = job.args.hold.claim();
    tracing::info_span!("job", id = %claim.id, attempt = claim.attempt)
}

/// Starts a handler on a task of its own, which ends when nobody waits for it any more.
fn on_own_task<F>(running: F) -> AbortOnDropHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    AbortOnDropHandle::new(Lifecycle::spawn_child(running.in_current_span()))
}
