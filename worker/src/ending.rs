//! How jobs end: one place for the order in which the queue, those who wait and the history are told.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::entry::{Failure, FailureCode, Known, Lives, RememberedFailure, Seq, SourceRef};
use imcaxy_shared::jobs::{Announced, Announcement, JobKind, Timings, WorkerId};
use imcaxy_shared::ports::{
    Catalog, Claim, Clock, End, Ended, EndedJob, Ending, Finished, JobQueue, Notifier, PortError,
};
use imcaxy_shared::time::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use crate::failure::{Fate, Kind, failed, fate};
use crate::history::Chronicle;

/// How long remembering a failure may take: those who wait for it are told afterwards.
const REMEMBER: Duration = Duration::from_secs(2);

/// What telling the queue came to.
enum Told {
    /// The job has ended, or waits for a later try.
    Done,
    /// It waits again: what was made is older than what is wanted.
    GoesOn,
    /// The claim was not held.
    Lost,
}

impl Told {
    const fn of_finish(finished: Finished) -> Self {
        match finished {
            Finished::Released => Self::Done,
            Finished::Requeued => Self::GoesOn,
            Finished::Lost => Self::Lost,
        }
    }

    const fn of_postpone(held: bool) -> Self {
        if held { Self::Done } else { Self::Lost }
    }
}

/// Ends jobs.
pub(crate) struct Settler {
    pub queue: Arc<dyn JobQueue>,
    pub notifier: Arc<dyn Notifier>,
    pub catalog: Arc<dyn Catalog>,
    pub clock: Arc<dyn Clock>,
    pub history: Chronicle,
    pub worker: WorkerId,
    /// How long failures are remembered.
    pub lives: Lives,
    pub backoff: Backoff,
    /// How long ending a claim is tried.
    pub within: Duration,
}

impl Settler {
    /// Ends the claim, or lets the job wait for a later try.
    pub(crate) async fn end(&self, claim: &Claim, ending: &Ending, began_at: Timestamp) {
        if let Err(cause) = self.remember(claim, ending).await {
            tracing::warn!(job = %claim.id, %cause, "a failure is not remembered");
        }
        let fate = fate(Kind::of(claim), claim.attempt, &ending.ended, rand::random());
        self.conclude(claim, ending, fate, Some(began_at)).await;
    }

    /// Remembers a render that failed for good, while its claim is held: whoever asks before the claim ends joins the job, whoever asks
    /// afterwards finds this, and nobody has the source fetched once more in between. A worker that is lost before the claim ends
    /// leaves the memory to the next one, which tells it instead of fetching.
    async fn remember(&self, claim: &Claim, ending: &Ending) -> Result<(), PortError> {
        let (Ended::Failed(failure), Ok(JobKind::Render(job))) =
            (&ending.ended, JobKind::read(&claim.payload))
        else {
            return Ok(());
        };
        if failure.code.is_passing() {
            return Ok(());
        }
        let Ending { stamp, sources, .. } = ending.clone();
        let failed = RememberedFailure::new(job.key, sources, stamp, failure.clone(), self.clock.now());
        let remembering = async {
            let found = self.catalog.find(&failed.key, &[]).await?;
            let found = self.catalog.with_failure(&failed.key, found).await?;
            let success = found.entry.map(|entry| entry.confirmed_at());
            let known = Known { failure: found.failure.as_ref(), success, want: claim.want };
            match failed.next(known, self.lives) {
                Some(failed) => self.catalog.remember(&failed).await,
                None => Ok(()),
            }
        };
        let late = |_| Err(PortError::unavailable("catalog", "no answer in time"));
        timeout(REMEMBER, remembering).await.unwrap_or_else(late)
    }

    /// Ends a job that is not tried any more; whoever asks for a render of the key is told so for a while.
    pub(crate) async fn give_up(&self, claim: &Claim, code: FailureCode, message: &str) {
        let ending = failed(claim, code, message);
        let Ended::Failed(failure) = &ending.ended else { return };
        if let Ok(JobKind::Render(job)) = JobKind::read(&claim.payload) {
            let (sources, stamp) = (ending.sources.clone(), self.still_wanted(claim, &ending.sources).await);
            let now = self.clock.now();
            let remembered = RememberedFailure::new(job.key, sources, stamp, failure.clone(), now);
            if let Err(cause) = self.catalog.remember(&remembered).await {
                tracing::warn!(job = %claim.id, %cause, "that a job was given up is not remembered");
            }
        }
        self.conclude(claim, &ending, Fate::Ends(End::Dead(failure)), None).await;
    }

    /// The newest position of the ledger up to which nothing has discarded these sources since they were asked for. Lost workers do
    /// not tell the stamp of what they fetched, but they left its document behind, which a smaller stamp would not count beside.
    async fn still_wanted(&self, claim: &Claim, sources: &[SourceRef]) -> Seq {
        match self.catalog.ledger().await {
            Ok(ledger) if ledger.newest_against(sources) <= claim.want => ledger.seq.max(claim.want),
            _ => claim.want,
        }
    }

    /// What a crash leaves: before the queue was told, a claim that is reaped; after it, waiters that find the entry,
    /// or the failure under the life's token, when they look again, and a life that the history lacks.
    async fn conclude(&self, claim: &Claim, ending: &Ending, fate: Fate<'_>, began_at: Option<Timestamp>) {
        if !self.tell_queue(claim, ending, fate).await {
            return;
        }
        match fate {
            Fate::Retry(delay) => {
                tracing::info!(job = %claim.id, attempt = claim.attempt, ?delay, "a job is tried again later");
            }
            Fate::Ends(end) => {
                if let Ended::Failed(failure) = &ending.ended {
                    self.announce(claim, ending, failure).await;
                }
                let ended = EndedJob::of(claim, &self.worker, began_at, end, self.clock.now());
                self.history.record(ended);
            }
        }
    }

    /// Tells the queue, trying again for a while; answers whether the claim was held and is no longer. One that cannot
    /// be told of is left to be reaped.
    async fn tell_queue(&self, claim: &Claim, ending: &Ending, fate: Fate<'_>) -> bool {
        let give_up = Instant::now() + self.within;
        let mut errors = 0;
        loop {
            let told = match fate {
                Fate::Retry(delay) => self.queue.postpone(claim, delay).await.map(Told::of_postpone),
                Fate::Ends(_) => self.queue.finish(claim, ending).await.map(Told::of_finish),
            };
            let pause = self.backoff.after(errors);
            match told {
                Ok(Told::Done) => return true,
                Ok(Told::GoesOn) => return false,
                // The answer to an earlier try may have been lost, not the try.
                Ok(Told::Lost) => return errors > 0 && self.has_ended(claim, ending, fate).await,
                Err(cause) if Instant::now() + pause > give_up => {
                    tracing::error!(job = %claim.id, %cause, "a claim could not be ended and is left behind");
                    return false;
                }
                Err(_) => sleep(pause).await,
            }
            errors += 1;
        }
    }

    /// Whether a life whose claim is no longer held may have ended as told. Of a failure the queue knows; that something is done is
    /// true in any case.
    async fn has_ended(&self, claim: &Claim, ending: &Ending, fate: Fate<'_>) -> bool {
        match (fate, &ending.ended) {
            (Fate::Retry(_), _) => false,
            (Fate::Ends(_), Ended::Done) => true,
            (Fate::Ends(_), Ended::Failed(_)) => {
                self.queue.ended(&claim.token).await.is_ok_and(|known| known.as_ref() == Some(ending))
            }
        }
    }

    /// Tells those who wait. Who does not hear it finds the failure under the life's token.
    async fn announce(&self, claim: &Claim, ending: &Ending, failure: &Failure) {
        let Ok(JobKind::Render(job)) = JobKind::read(&claim.payload) else { return };
        let news = Announcement {
            key: job.key,
            token: claim.token.clone(),
            stamp: ending.stamp,
            sources: ending.sources.clone(),
            took: Timings::default(),
            outcome: Announced::Failed(failure.clone()),
        };
        if let Err(cause) = self.notifier.announce(&news).await {
            tracing::warn!(job = %claim.id, %cause, "a failure was not announced");
        }
    }
}
