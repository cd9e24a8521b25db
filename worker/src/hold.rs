//! A claim in the hands of this worker.

use std::sync::{Arc, Mutex, PoisonError};

use imcaxy_shared::jobs::Timings;
use imcaxy_shared::ports::{Claim, JobQueue, PortError};
use tokio::time::Instant;

use crate::lease::TRUSTED;

/// A claim, and when it was last known to be held.
pub(crate) struct Hold {
    claim: Claim,
    queue: Arc<dyn JobQueue>,
    confirmed: Mutex<Instant>,
    took: Mutex<Timings>,
}

impl Hold {
    /// A claim that was taken just now.
    pub(crate) fn new(queue: Arc<dyn JobQueue>, claim: Claim) -> Self {
        Self { claim, queue, confirmed: Mutex::new(Instant::now()), took: Mutex::default() }
    }

    /// What is claimed.
    pub(crate) const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What the parts of the job have taken so far.
    pub(crate) fn took(&self) -> Timings {
        *self.took.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what a part took.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Timings)) {
        write(&mut self.took.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Measures a part, and writes down what it took in milliseconds.
    pub(crate) async fn measure<T>(
        &self,
        write: impl FnOnce(&mut Timings, u64),
        work: impl Future<Output = T>,
    ) -> T {
        let began = Instant::now();
        let done = work.await;
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.note(|took| write(took, millis));
        done
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
