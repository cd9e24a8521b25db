//! The places in all imaginaries, given out one after another.

mod board;

use std::sync::{Mutex, MutexGuard, PoisonError};

use imcaxy_shared::jobs::{Failure, FailureCode};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use board::{Board, Choice};

pub(super) use board::End;

/// Who may call whom.
pub(super) struct Pool {
    board: Mutex<Board>,
    /// The first who waits holds it, the others queue for it: places are given in the order in which they were asked for.
    turnstile: tokio::sync::Mutex<()>,
    /// Something is otherwise than it was.
    changed: Notify,
}

/// A place in one imaginary. Dropped, it is free again.
pub(super) struct Place<'a> {
    pool: &'a Pool,
    base: usize,
    trial: bool,
    end: End,
}

impl Pool {
    pub(super) fn new(bases: usize, places: usize) -> Self {
        Self {
            board: Mutex::new(Board::new(bases, places)),
            turnstile: tokio::sync::Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Waits for a place until `until`; not in `except`, which has just failed.
    ///
    /// # Errors
    /// Nobody left one in that time, or none is well, which is known at once.
    pub(super) async fn place(&self, until: Instant, except: Option<usize>) -> Result<Place<'_>, Failure> {
        let waiting = async {
            let _turn = self.turnstile.lock().await;
            loop {
                let changed = self.changed();
                match self.board().choose(Instant::now(), except) {
                    Choice::Base { base, trial } => {
                        return Ok(Place { pool: self, base, trial, end: End::Abandoned });
                    }
                    Choice::Open => return Err(failed("no imaginary answers")),
                    Choice::Full => {}
                }
                changed.await;
            }
        };
        let taken = || failed("imaginary has no place for another render (imaginary.concurrency)");
        timeout_at(until, waiting).await.unwrap_or_else(|_| Err(taken()))
    }

    /// Returns when something is otherwise than at the time of this call.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// When the next of the ejected is to be asked whether it is well.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        self.board().next_probe()
    }

    /// Those that are to be asked now.
    pub(super) fn due(&self, now: Instant) -> Vec<usize> {
        self.board().due(now)
    }

    /// One has been asked.
    pub(super) fn probed(&self, base: usize, well: bool) {
        self.board().probed(base, well, Instant::now());
        self.changed.notify_waiters();
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// In which imaginary it is.
    pub(super) const fn base(&self) -> usize {
        self.base
    }

    /// The call has ended, and this is what it said.
    pub(super) fn ended(mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.pool.board().ended(self.base, self.trial, self.end, Instant::now());
        self.pool.changed.notify_waiters();
    }
}

fn failed(message: &str) -> Failure {
    Failure::new(FailureCode::ImaginaryFailed, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(30)
    }

    #[tokio::test]
    async fn places_are_given_in_the_order_in_which_they_were_asked_for() {
        let pool = Pool::new(1, 1);
        let taken = pool.place(soon(), None).await.unwrap();
        let (mut first, mut second) =
            (Box::pin(pool.place(soon(), None)), Box::pin(pool.place(soon(), None)));
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        taken.ended(End::Well);
        assert!((&mut second).now_or_never().is_none(), "it came later");
        let taken = first.await.unwrap();
        assert!((&mut second).now_or_never().is_none());
        drop(taken);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn who_waits_is_told_as_soon_as_none_is_well() {
        let pool = Pool::new(1, 1);
        let taken = pool.place(soon(), None).await.unwrap();
        let mut waiting = Box::pin(pool.place(soon(), None));
        assert!((&mut waiting).now_or_never().is_none());
        taken.ended(End::Unconnected);
        // The first finds out, the next fails.
        let trial = waiting.await.unwrap();
        assert_eq!(pool.place(soon(), None).await.map(drop).unwrap_err().code, FailureCode::ImaginaryFailed);
        trial.ended(End::Well);
        assert!(pool.place(soon(), None).await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let pool = Pool::new(1, 1);
        let _taken = pool.place(soon(), None).await.unwrap();
        let refused = pool.place(Instant::now(), None).await.map(drop).unwrap_err();
        assert!(refused.message.contains("imaginary.concurrency"));
    }
}
