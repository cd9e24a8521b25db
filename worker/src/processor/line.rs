//! Who waits for a place: what somebody waits for goes before what nobody does.

use imcaxy_shared::jobs::{Failure, FailureCode};
use tokio::sync::watch;

use crate::spell::Spell;

/// How many renders wait, or are given a place just now, that somebody waits for.
pub(super) struct Line(watch::Sender<usize>);

/// One of them.
struct Waits<'a>(&'a Line);

impl Default for Line {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Line {
    /// Waits for a place, which `place` gives in the order in which it is asked. Where nobody waits for the picture there is a spell within which
    /// it is to be made: `place` is asked while none of the others waits, and given up as soon as one does.
    ///
    /// # Errors
    /// Those of `place`; the spell is over.
    pub(super) async fn place<T, F>(&self, spell: Option<&Spell>, place: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Some(spell) = spell else {
            let _waits = self.waits();
            return place().await;
        };
        tokio::select! {
            biased;
            placed = self.behind(place) => placed,
            () = spell.over() => Err(Failure::new(FailureCode::ImaginaryFailed, "others go first")),
        }
    }

    async fn behind<T, F: Future<Output = T>>(&self, place: impl Fn() -> F) -> T {
        let mut waiting = self.0.subscribe();
        loop {
            // It fails when nobody can wait any more, and then this does not either.
            drop(waiting.wait_for(|waiting| *waiting == 0).await);
            tokio::select! {
                biased;
                placed = place() => return placed,
                _somebody = waiting.wait_for(|waiting| *waiting > 0) => {}
            }
        }
    }

    fn waits(&self) -> Waits<'_> {
        self.0.send_modify(|waiting| *waiting += 1);
        Waits(self)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|waiting| *waiting = waiting.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;
    use tokio::sync::{Semaphore, SemaphorePermit};

    use super::*;

    async fn one(places: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
        Ok(places.acquire().await.expect("it is open"))
    }

    #[tokio::test]
    async fn who_is_waited_for_goes_before_who_came_earlier_and_is_not() {
        let (line, places) = (Line::default(), Semaphore::new(1));
        let (crowded, told) = watch::channel(false);
        let spell = Spell::of(Duration::from_secs(3600), told);
        let taken = one(&places).await.unwrap();
        let mut last = Box::pin(line.place(Some(&spell), || one(&places)));
        assert!(last.as_mut().now_or_never().is_none());
        let mut first = Box::pin(line.place(None, || one(&places)));
        assert!(first.as_mut().now_or_never().is_none() && last.as_mut().now_or_never().is_none());
        drop(taken);
        assert!(last.as_mut().now_or_never().is_none(), "somebody waits");
        let taken = first.await.unwrap();
        assert!(last.as_mut().now_or_never().is_none());
        drop(taken);
        drop(last.await.unwrap());
        drop(line.place(Some(&spell), || one(&places)).await.unwrap());
        let _taken = one(&places).await.unwrap();
        crowded.send_replace(true);
        assert!(line.place(Some(&spell), || one(&places)).await.is_err(), "its spell is over");
    }
}
