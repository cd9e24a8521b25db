//! Whether the catalog can be asked: while it is away nobody waits for what others have waited for in vain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use imcaxy_shared::ports::{PortError, Trouble};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::App;

/// How long one look-up may take. A catalog that takes longer is as good as away.
const LOOK_UP: Duration = Duration::from_secs(2);
/// The pause between two looks whether the catalog is back: so late may that be noticed.
const PAUSE: Duration = Duration::from_millis(100);

/// Knows whether the catalog is away.
pub(crate) struct Breaker {
    /// How long one question may take.
    within: Duration,
    away: watch::Sender<bool>,
    /// Whether somebody looks for its return.
    watched: AtomicBool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new(LOOK_UP)
    }
}

impl Breaker {
    fn new(within: Duration) -> Self {
        Self { within, away: watch::Sender::new(false), watched: AtomicBool::new(false) }
    }

    /// Asks the catalog, for as long as one question may take. While it is known to be away nothing is asked; its return is waited for, `patience`
    /// at most.
    ///
    /// # Errors
    /// Those of the question, and that the catalog is away.
    pub(crate) async fn ask<T>(
        &self,
        patience: Duration,
        question: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let mut away = self.away.subscribe();
        if *away.borrow() && !matches!(timeout(patience, away.wait_for(|away| !away)).await, Ok(Ok(_))) {
            return Err(PortError::unavailable("catalog", "it is away"));
        }
        let late = |_| Err(PortError::unavailable("catalog", "no answer in time"));
        let answer = timeout(self.within, question).await.unwrap_or_else(late);
        if answer.as_ref().is_err_and(|cause| cause.trouble() == Trouble::Unavailable) {
            self.away.send_replace(true);
        }
        answer
    }

    /// Makes the caller the one who looks for the return of a catalog that is away; false when it is not away, or somebody does.
    fn claim_watch(&self) -> bool {
        *self.away.borrow() && !self.watched.swap(true, Ordering::SeqCst)
    }

    /// It answers again. In this order: whoever finds it away once more from now on finds nobody watching, and watches.
    fn returned(&self) {
        self.watched.store(false, Ordering::SeqCst);
        self.away.send_replace(false);
    }
}

/// Has somebody look for the return of the catalog, if it is away: one at a time, by a read of the ledger, which only a primary with
/// a majority answers. It is looked for whether somebody asks or not, so that a process that nobody asks for an hour does not
/// begin with what was true before.
pub(crate) fn watch(app: &Arc<App>) {
    if !app.breaker.claim_watch() {
        return;
    }
    tracing::warn!("the catalog is away: what is in memory is answered, and nothing else");
    let watching = Arc::clone(app);
    app.lifecycle.spawn(async move {
        let back = async {
            while !matches!(timeout(LOOK_UP, watching.ledger.next()).await, Ok(Ok(_))) {
                sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = back => {
                watching.breaker.returned();
                tracing::info!("the catalog is back");
            }
            () = watching.lifecycle.stopping() => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    fn failed() -> Result<(), PortError> {
        Err(PortError::unavailable("test", "away"))
    }

    #[tokio::test]
    async fn after_one_question_in_vain_nobody_waits_until_it_returned() {
        let breaker = Breaker::new(Duration::from_millis(20));
        assert!(breaker.ask(Duration::ZERO, ready(Ok(1))).await.is_ok() && !breaker.claim_watch());
        assert!(breaker.ask(Duration::ZERO, pending::<Result<(), _>>()).await.is_err(), "not for ever");
        assert!(breaker.ask(Duration::ZERO, ready(Ok(1))).await.is_err(), "it is not asked");
        assert!(breaker.claim_watch() && !breaker.claim_watch(), "by one");
        breaker.returned();
        assert!(breaker.ask(Duration::ZERO, ready(Ok(1))).await.is_ok());
        assert!(breaker.ask(Duration::ZERO, ready(failed())).await.is_err());
        assert!(breaker.claim_watch(), "and once more");
    }

    #[tokio::test]
    async fn who_has_patience_waits_for_its_return() {
        let breaker = Breaker::default();
        assert!(breaker.ask(Duration::ZERO, ready(failed())).await.is_err());
        let returns = async {
            sleep(Duration::from_millis(10)).await;
            breaker.returned();
        };
        let (answer, ()) = tokio::join!(breaker.ask(Duration::from_secs(30), ready(Ok(1))), returns);
        assert!(answer.is_ok());
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_no_outage() {
        let breaker = Breaker::default();
        let unusable = Err::<(), _>(PortError::unusable("test", "odd"));
        assert!(breaker.ask(Duration::ZERO, ready(unusable)).await.is_err());
        assert!(!breaker.claim_watch());
    }
}
