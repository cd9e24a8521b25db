//! Whether a store can be asked: while it is away nobody waits for what others have waited for in vain.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::patience::answer_within;
use imcaxy_shared::ports::{PortError, Trouble};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long one question may take. A store that takes longer is as good as away.
const QUESTION: Duration = Duration::from_secs(2);
/// The pause between two looks whether a store is back: so late may that be noticed.
const PAUSE: Duration = Duration::from_millis(100);

/// Knows whether a store is away, and has somebody look for its return.
pub(crate) struct Breaker {
    /// What the store is called in errors and in the log.
    store: &'static str,
    /// How long one question may take.
    within: Duration,
    /// Since when it is away, if it is.
    away: watch::Sender<Option<Instant>>,
    look: Arc<Look>,
    lifecycle: Lifecycle,
}

/// Looks whether a store is back.
type Look = dyn Fn() -> BoxFuture<'static, Result<(), PortError>> + Send + Sync;

impl Breaker {
    /// One for the store that `look` finds again by asking it something. It is looked for until it is time to stop.
    pub(crate) fn of<F, L>(store: &'static str, lifecycle: &Lifecycle, look: L) -> Self
    where
        F: Future<Output = Result<(), PortError>> + Send + 'static,
        L: Fn() -> F + Send + Sync + 'static,
    {
        Self {
            store,
            within: QUESTION,
            away: watch::Sender::new(None),
            look: Arc::new(move || look().boxed()),
            lifecycle: lifecycle.clone(),
        }
    }

    /// Asks the store, for as long as one question may take. While it is known to be away nothing is asked; its return is waited
    /// for, `patience` at most.
    ///
    /// # Errors
    /// Those of the question, and that the store is away.
    pub(crate) async fn ask<T>(
        &self,
        patience: Duration,
        question: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let mut away = self.away.subscribe();
        if away.borrow().is_some()
            && !matches!(timeout(patience, away.wait_for(Option::is_none)).await, Ok(Ok(_)))
        {
            return Err(PortError::unavailable(self.store, "it is away"));
        }
        let late = || Err(PortError::unavailable(self.store, "no answer in time"));
        let answer = answer_within(self.within, question).await.unwrap_or_else(late);
        if answer.as_ref().is_err_and(|cause| cause.trouble() == Trouble::Unavailable) {
            self.open();
        }
        answer
    }

    /// Asks the store something that may take longer, or not at all while it is known to be away. Whether it is away is not decided by
    /// the answer: nobody who wants a picture waits for this.
    ///
    /// # Errors
    /// Those of the question, and that the store is away.
    pub(crate) async fn ask_beside<T>(
        &self,
        question: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        match self.away_since() {
            Some(_) => Err(PortError::unavailable(self.store, "it is away")),
            None => question.await,
        }
    }

    /// When it was first found away, if it is away.
    pub(crate) fn away_since(&self) -> Option<Instant> {
        *self.away.borrow()
    }

    /// It is away. Who is the first to find that has it looked for.
    fn open(&self) {
        let first = self.away.send_if_modified(|away| {
            let first = away.is_none();
            away.get_or_insert_with(Instant::now);
            first
        });
        if first {
            tracing::warn!(
                store = self.store,
                "a store is away: what is in memory is answered, and nothing else"
            );
            self.watch();
        }
    }

    /// Looks for its return whether somebody asks or not, so that a process that nobody asks for an hour does not begin with what
    /// was true before.
    fn watch(&self) {
        let (store, within, look) = (self.store, self.within, Arc::clone(&self.look));
        let (away, lifecycle) = (self.away.clone(), self.lifecycle.clone());
        self.lifecycle.spawn(async move {
            let back = async {
                while !matches!(timeout(within, look()).await, Ok(Ok(()))) {
                    sleep(PAUSE).await;
                }
            };
            tokio::select! {
                () = back => {
                    away.send_replace(None);
                    tracing::info!(store, "a store is back");
                }
                () = lifecycle.stopping() => {}
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    fn failed() -> Result<(), PortError> {
        Err(PortError::unavailable("test", "away"))
    }

    /// A breaker of a store that is back when the test says so, and how often it was looked for.
    fn breaker() -> (Breaker, Arc<watch::Sender<bool>>) {
        let back = Arc::new(watch::Sender::new(false));
        let seen = Arc::clone(&back);
        let look = move || {
            let mut back = seen.subscribe();
            async move {
                back.wait_for(|back| *back)
                    .await
                    .map(drop)
                    .map_err(|gone| PortError::unavailable("test", gone))
            }
        };
        let breaker = Breaker::of("test", &Lifecycle::default(), look);
        (Breaker { within: Duration::from_millis(20), ..breaker }, back)
    }

    #[tokio::test]
    async fn after_one_question_in_vain_nobody_waits_until_the_store_is_back() {
        let (mut breaker, back) = breaker();
        assert!(breaker.ask(Duration::ZERO, ready(Ok(1))).await.is_ok() && breaker.away_since().is_none());
        assert!(breaker.ask(Duration::ZERO, pending::<Result<(), _>>()).await.is_err(), "not for ever");
        let since = breaker.away_since();
        assert!(since.is_some());
        breaker.within = Duration::from_secs(30);
        assert!(breaker.ask(Duration::ZERO, pending::<Result<(), _>>()).await.is_err(), "it is not asked");
        breaker.open();
        assert_eq!(breaker.away_since(), since, "it counts from the first");
        back.send_replace(true);
        assert!(breaker.ask(Duration::from_secs(30), ready(Ok(1))).await.is_ok());
        back.send_replace(false);
        assert!(breaker.ask(Duration::ZERO, ready(failed())).await.is_err());
        assert!(breaker.away_since() > since, "and once more");
    }

    #[tokio::test]
    async fn who_has_patience_waits_for_its_return() {
        let (breaker, back) = breaker();
        assert!(breaker.ask(Duration::ZERO, ready(failed())).await.is_err());
        let returns = async {
            sleep(Duration::from_millis(10)).await;
            back.send_replace(true);
        };
        let (answer, ()) = tokio::join!(breaker.ask(Duration::from_secs(30), ready(Ok(1))), returns);
        assert!(answer.is_ok());
    }

    #[tokio::test]
    async fn who_asks_beside_does_not_decide_that_the_store_is_away_and_goes_by_it() {
        let (breaker, _) = breaker();
        assert!(breaker.ask_beside(ready(failed())).await.is_err() && breaker.away_since().is_none());
        assert!(breaker.ask(Duration::ZERO, ready(failed())).await.is_err());
        assert!(breaker.ask_beside(pending::<Result<(), _>>()).await.is_err(), "it is not asked");
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_no_outage() {
        let (breaker, _) = breaker();
        let unusable = Err::<(), _>(PortError::unusable("test", "odd"));
        assert!(breaker.ask(Duration::ZERO, ready(unusable)).await.is_err());
        assert!(breaker.away_since().is_none());
    }
}
