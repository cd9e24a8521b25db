//! How long a job of upkeep goes on.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Until its time is over, or somebody waits who goes before it, while its worker has no slot for them. What is left is gone on with later.
#[derive(Clone)]
pub(crate) struct Spell {
    until: Instant,
    /// Whether somebody waits.
    crowded: watch::Receiver<bool>,
}

impl Spell {
    /// So long from now.
    pub(crate) fn of(span: Duration, crowded: watch::Receiver<bool>) -> Self {
        Self { until: Instant::now() + span, crowded }
    }

    /// A part of it, from now on.
    pub(crate) fn slice(&self, span: Duration) -> Self {
        Self { until: self.until.min(Instant::now() + span), crowded: self.crowded.clone() }
    }

    /// When its time is over.
    pub(crate) const fn until(&self) -> Instant {
        self.until
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until || *self.crowded.borrow()
    }

    /// Whether it is over before so long.
    pub(crate) fn is_over_in(&self, span: Duration) -> bool {
        Instant::now() + span >= self.until || self.is_over()
    }

    /// Returns when it is over.
    pub(crate) async fn over(&self) {
        let mut crowded = self.crowded.clone();
        let crowd = async {
            if crowded.wait_for(|crowded| *crowded).await.is_err() {
                // Nobody gives out slots any more.
                std::future::pending().await
            }
        };
        tokio::select! {
            () = sleep_until(self.until) => {}
            () = crowd => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_over_when_its_time_is_or_when_somebody_waits() {
        let (crowded, told) = watch::channel(false);
        let spell = Spell::of(Duration::from_secs(30), told);
        assert!(!spell.is_over() && spell.over().now_or_never().is_none());
        assert!(spell.is_over_in(Duration::from_secs(30)) && !spell.is_over_in(Duration::from_secs(29)));
        crowded.send_replace(true);
        assert!(spell.is_over() && spell.over().now_or_never().is_some());
        crowded.send_replace(false);
        assert!(!spell.is_over(), "there is room again");
        drop(crowded);
        spell.over().await;
        assert!(spell.is_over());
    }
}
