//! What the parts of a render take.

use std::sync::{Mutex, PoisonError};

use imcaxy_shared::jobs::Timings;
use tokio::time::Instant;

/// Written down as each part ends.
#[derive(Default)]
pub(crate) struct Took(Mutex<Timings>);

impl Took {
    /// What the parts have taken so far.
    pub(crate) fn so_far(&self) -> Timings {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what a part took.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Timings)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
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
}
