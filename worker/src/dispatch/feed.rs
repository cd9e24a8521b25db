//! From the queue to apalis: claims as many jobs as there are free slots.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::layers::Identity;
use apalis_core::task::Task;
use apalis_core::worker::context::WorkerContext;
use imcaxy_shared::jobs::WorkerId;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{Claim, JobQueue, PortError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;

use super::Limits;

/// A job with the slot that it occupies until the last copy of this is dropped.
pub(super) struct Taken {
    pub claim: Claim,
    pub slot: Arc<OwnedSemaphorePermit>,
}

/// Claims jobs until it is time to stop or the worker is gone.
pub(super) async fn keep_fed(
    queue: Arc<dyn JobQueue>,
    worker: &WorkerId,
    jobs: mpsc::Sender<Task<Taken>>,
    limits: Limits,
    lifecycle: &Lifecycle,
) {
    let slots = Arc::new(Semaphore::new(limits.concurrency.get()));
    let mut errors = 0;
    loop {
        let free = tokio::select! {
            free = free_slots(&slots) => free,
            () = lifecycle.stopping() => None,
        };
        let Some(mut free) = free else { return };
        // Never dropped half-way: what the queue has claimed for us, we run.
        let taken = queue.take(worker, free.num_permits()).await;
        let waited = match taken {
            Ok(claims) if claims.is_empty() => {
                drop(free);
                tokio::select! {
                    wakened = queue.wakened() => wakened,
                    () = lifecycle.stopping() => return,
                }
            }
            Ok(claims) => {
                for claim in claims {
                    let Some(slot) = free.split(1) else {
                        tracing::error!(job = %claim.id, "the queue gave more jobs than were asked for");
                        break;
                    };
                    if jobs.send(Task::new(Taken { claim, slot: Arc::new(slot) })).await.is_err() {
                        return;
                    }
                }
                Ok(())
            }
            Err(cause) => Err(cause),
        };
        errors = pause(waited, errors, limits, lifecycle).await;
    }
}

/// Leaves a queue that failed alone for a while; answers how often it has failed in a row.
async fn pause(waited: Result<(), PortError>, errors: u32, limits: Limits, lifecycle: &Lifecycle) -> u32 {
    let Err(cause) = waited else { return 0 };
    tracing::warn!(%cause, "no jobs can be taken");
    tokio::select! {
        () = sleep(limits.pause_after(errors)) => {}
        () = lifecycle.stopping() => {}
    }
    errors.saturating_add(1)
}

/// Waits for a free slot and takes all that are free. `None` never comes: nobody closes the semaphore.
async fn free_slots(slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let mut free = Arc::clone(slots).acquire_owned().await.ok()?;
    let more = u32::try_from(slots.available_permits()).unwrap_or_default();
    if let Ok(more) = Arc::clone(slots).try_acquire_many_owned(more) {
        free.merge(more);
    }
    Some(free)
}

/// The backend: what the feed sends. It has no errors, and ends when the feed does.
pub(super) struct Feed(pub mpsc::Receiver<Task<Taken>>);

impl Backend for Feed {
    type Task = Task<Taken>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Task<Taken>, Infallible>>> {
        self.0.poll_recv(cx).map(|job| job.map(Ok))
    }

    /// Called when the feed has ended and no job runs. A worker of apalis 1.0.0 whose backend is exhausted waits for
    /// somebody to stop it; stopped earlier it would leave behind what the channel holds.
    fn poll_close(&mut self, _: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        if let Err(error) = worker.stop() {
            tracing::warn!(%error, "the worker was not running");
        }
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Feed {
    type Args = Taken;
    type Id = ();
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}
