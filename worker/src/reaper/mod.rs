//! Takes claims away that give no sign of life. A timer in every worker: no promise needs the scheduler.

mod watch;

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::FailureCode;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{Claim, PortError, Reaped, Sighting};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::ending::Settler;
use crate::lease::LOOK;
use watch::Watch;

/// One worker's reaper.
pub(crate) struct Reaper {
    /// Ends what has to be ended, in the name of its worker.
    pub settler: Arc<Settler>,
    /// How long a render that nobody asks for is kept.
    pub patience: Duration,
}

impl Reaper {
    /// Looks until it is time to stop.
    pub(crate) async fn run(&self, lifecycle: &Lifecycle) {
        let mut watch = Watch::new();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = lifecycle.stopping() => return,
            }
            if let Err(cause) = self.look(&mut watch).await {
                tracing::debug!(%cause, "claims could not be looked at");
                watch.begin_anew();
            }
        }
    }

    async fn look(&self, watch: &mut Watch) -> Result<(), PortError> {
        let tended = self.settler.queue.tend(self.patience).await?;
        if tended.dropped > 0 {
            tracing::info!(dropped = tended.dropped, "dropped renders that nobody waits for");
        }
        for silent in watch.look(Instant::now(), tended.claims) {
            self.reap(&silent).await;
        }
        Ok(())
    }

    /// Reaps one claim; one that cannot be reaped now does not keep the others, and is found silent at the next look as well.
    async fn reap(&self, silent: &Sighting) {
        match self.settler.queue.reap(&self.settler.worker, silent).await {
            Ok(Reaped::Gone) => {}
            Ok(Reaped::Requeued(losses)) => {
                tracing::warn!(job = %silent.id, attempt = silent.attempt, losses, "a claim gave no sign of life: its job waits again");
            }
            Ok(Reaped::Condemned(claim)) => self.condemn(&claim).await,
            Err(cause) => {
                tracing::warn!(job = %silent.id, %cause, "a claim that gave no sign of life could not be taken away")
            }
        }
    }

    /// Gives a job up that its workers do not survive. Remembered before the life ends, so that whoever asks next is not the cause of
    /// another. A crash before leaves the claim to the next reaper, which does the same.
    async fn condemn(&self, claim: &Claim) {
        tracing::error!(job = %claim.id, attempt = claim.attempt, "a job is given up: its workers do not survive it");
        self.settler
            .give_up(claim, FailureCode::Internal, "the workers that tried to do this were lost")
            .await;
    }
}
