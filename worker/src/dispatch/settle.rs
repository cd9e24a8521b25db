//! The claim around a job: renewed while it runs, ended afterwards, in every way in which a job can end.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::error::BoxDynError;
use apalis_core::layers::{Layer, Service};
use apalis_core::task::Task;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use imcaxy_shared::ports::{Claim, Ended, Finished, JobQueue, Notifier};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::feed::Taken;
use crate::failure::{self, interrupted, outcome_of};
use crate::handlers::Outcome;

/// Keeps the claim of a job while it runs, and ends it afterwards.
#[derive(Clone)]
pub(super) struct Settle {
    pub queue: Arc<dyn JobQueue>,
    pub notifier: Arc<dyn Notifier>,
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
    S: Service<Task<Taken>, Response = Outcome, Error: Into<BoxDynError>, Future: Send + 'static>,
{
    type Response = ();
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<(), BoxDynError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, job: Task<Taken>) -> Self::Future {
        let settle = self.settle.clone();
        let (claim, slot) = (job.args.claim.clone(), Arc::clone(&job.args.slot));
        let running = self.inner.call(job);
        Box::pin(async move {
            let running = running.map(|ended| outcome_of(&claim, ended.map_err(Into::into)));
            if let Some(outcome) = settle.hold(&claim, running).await {
                settle.finish(&claim, outcome).await;
            }
            drop(slot);
            Ok(())
        })
    }
}

impl Settle {
    /// Renews the claim until the job ends. `None` when the claim was lost: the job is dropped, and is no longer ours to
    /// finish.
    async fn hold(&self, claim: &Claim, running: impl Future<Output = Outcome>) -> Option<Outcome> {
        let mut running = pin!(running);
        let mut beat = interval_at(Instant::now() + self.limits.renew_every, self.limits.renew_every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let own = [(claim.id.clone(), claim.token.clone())];
        loop {
            tokio::select! {
                biased;
                outcome = &mut running => return Some(outcome),
                () = self.cut_off.cancelled() => return Some(interrupted(claim)),
                _ = beat.tick() => match self.queue.renew(&own).await {
                    Ok(held) if held == [true] => {}
                    Ok(_) => {
                        tracing::warn!(job = %claim.id, "a claim was lost while its job ran");
                        return None;
                    }
                    Err(cause) => tracing::warn!(job = %claim.id, %cause, "a claim could not be renewed"),
                },
            }
        }
    }

    /// Ends the claim, and tells those who wait of a failure.
    async fn finish(&self, claim: &Claim, outcome: Outcome) {
        let give_up = Instant::now() + self.limits.finish_within;
        let mut errors = 0;
        let finished = loop {
            match self.queue.finish(claim, outcome.stamp, &outcome.ended).await {
                Ok(finished) => break finished,
                Err(cause) if Instant::now() + self.limits.pause_after(errors) > give_up => {
                    tracing::error!(job = %claim.id, %cause, "a claim could not be ended and is left behind");
                    return;
                }
                Err(_) => sleep(self.limits.pause_after(errors)).await,
            }
            errors += 1;
        };
        match (finished, outcome.ended) {
            (Finished::Released, Ended::Failed(failure)) => {
                if let Some(news) = failure::news(claim, outcome.stamp, failure)
                    && let Err(cause) = self.notifier.announce(&news).await
                {
                    tracing::warn!(job = %claim.id, %cause, "a failure was not announced");
                }
            }
            (Finished::Lost, _) => tracing::warn!(job = %claim.id, "a job ended whose claim was lost"),
            _ => {}
        }
    }
}
