//! A claim in the hands of this worker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use imcaxy_shared::ports::{Claim, JobQueue, PortError};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::lease::TRUSTED;
use crate::spell::Spell;
use crate::took::Took;

/// A claim, and when it was last known to be held.
pub(crate) struct Hold {
    claim: Claim,
    queue: Arc<dyn JobQueue>,
    confirmed: Mutex<Instant>,
    took: Took,
    crowded: watch::Receiver<bool>,
}

impl Hold {
    /// A claim that was taken just now; `crowded` tells while requests wait for which its worker has no slot.
    pub(crate) fn new(queue: Arc<dyn JobQueue>, claim: Claim, crowded: watch::Receiver<bool>) -> Self {
        Self { claim, queue, confirmed: Mutex::new(Instant::now()), took: Took::default(), crowded }
    }

    /// How long it may be worked on, where nobody waits for it.
    pub(crate) fn spell(&self, span: Duration) -> Spell {
        Spell::of(span, self.crowded.clone())
    }

    /// What is claimed.
    pub(crate) const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What the parts of the job have taken so far.
    pub(crate) const fn took(&self) -> &Took {
        &self.took
    }

    /// Gives a sign of life; answers whether the claim is still held.
    ///
    /// # Errors
    /// The queue cannot be reached.
    pub(crate) async fn renew(&self) -> Result<bool, PortError> {
        let asked = Instant::now();
        let held = self.queue.renew(&[&self.claim]).await? == [true];
        if held {
            *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        }
        Ok(held)
    }

    /// Whether the claim is known to have been taken away. Asked before what is expensive: a process that was frozen may have lost
    /// it. While the queue is away it cannot have been given to another.
    pub(crate) async fn is_lost(&self) -> bool {
        let confirmed = *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed.elapsed() > TRUSTED && matches!(self.renew().await, Ok(false))
    }
}
