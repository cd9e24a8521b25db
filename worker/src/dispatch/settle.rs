//! The claim around a job: renewed while it runs, ended afterwards, in every way in which a job can end.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::error::BoxDynError;
use apalis_core::layers::{Layer, Service};
use apalis_core::task::Task;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use imcaxy_shared::ports::Ending;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::feed::Taken;
use crate::ending::Settler;
use crate::failure::{interrupted, outcome_of};
use crate::hold::Hold;
use crate::lease::RENEW;

/// Keeps the claim of a job while it runs, and ends it afterwards.
#[derive(Clone)]
pub(super) struct Settle {
    pub settler: Arc<Settler>,
    pub limits: Limits,
    /// Cancelled when running jobs may go on no longer.
    pub cut_off: CancellationToken,
}

impl<S> Layer<S> for Settle {
    type Service = Settled<S>;

    fn layer(&self, inner: S) -> Settled<S> {
        Settled { inner, settle: self.clone() }
    }
}

/// A [`Settle`] around the service that does the work.
pub(super) struct Settled<S> {
    inner: S,
    settle: Settle,
}

impl<S> Service<Task<Taken>> for Settled<S>
where
    S: Service<Task<Taken>, Response = Ending, Error: Into<BoxDynError>, Future: Send + 'static>,
{
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, job: Task<Taken>) -> Self::Future {
        let settle = self.settle.clone();
        let (hold, slot) = (Arc::clone(&job.args.hold), Arc::clone(&job.args.slot));
        let running = self.inner.call(job);
        Box::pin(async move {
            let began_at = settle.settler.clock.now();
            let running = running.map(|ended| outcome_of(hold.claim(), ended.map_err(Into::into)));
            if let Some(ending) = settle.keep(&hold, running).await {
                settle.settler.end(hold.claim(), &ending, began_at).await;
            }
            drop(slot);
            Ok(())
        })
    }
}

impl Settle {
    /// Renews the claim until the job ends, and never beyond the time of an attempt. `None` when the claim was lost: the
    /// job is dropped, and is no longer ours to finish.
    async fn keep(&self, hold: &Hold, running: impl Future<Output = Ending>) -> Option<Ending> {
        let mut running = pin!(running);
        let began = Instant::now();
        let mut beat = interval_at(began + RENEW, RENEW);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                ending = &mut running => return Some(ending),
                () = self.cut_off.cancelled() => return Some(interrupted(hold.claim())),
                _ = beat.tick(), if began.elapsed() <= self.limits.attempt => match hold.renew().await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(job = %hold.claim().id, "a claim was lost while its job ran");
                        return None;
                    }
                    Err(cause) => tracing::debug!(job = %hold.claim().id, %cause, "a claim could not be renewed"),
                },
            }
        }
    }
}
