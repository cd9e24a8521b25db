//! How long a job of upkeep goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Until its time is over, or somebody waits who goes before it, while its worker has no slot for them. What is left is gone on with later.
#[derive(Clone)]
pub(crate) struct Spell {
    until: Instant,
    /// Whether somebody waits.
    crowded: watch::Receiver<bool>,
    /// Somebody has given way. Then it is over for all, though there be room again before they look.
    ended: Arc<AtomicBool>,
}

impl Spell {
    /// So long from now.
    pub(crate) fn of(span: Duration, crowded: watch::Receiver<bool>) -> Self {
        Self { until: Instant::now() + span, crowded, ended: Arc::default() }
    }

    /// A part of it, from now on.
    pub(crate) fn slice(&self, span: Duration) -> Self {
        let until = self.until.min(Instant::now() + span);
        Self { until, crowded: self.crowded.clone(), ended: Arc::default() }
    }

    /// When its time is over.
    pub(crate) const fn until(&self) -> Instant {
        self.until
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until || *self.crowded.borrow() || self.ended.load(Ordering::Relaxed)
    }

    /// Whether it is over before so long.
    pub(crate) fn is_over_in(&self, span: Duration) -> bool {
        Instant::now() + span >= self.until || self.is_over()
    }

    /// Returns when it is over, which it is for good then.
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
        self.ended.store(true, Ordering::Relaxed);
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
        assert!(spell.is_over());
        crowded.send_replace(false);
        assert!(!spell.is_over(), "there is room again, and nobody has given way");
        let slice = spell.slice(Duration::from_secs(10));
        drop(crowded);
        slice.over().await;
        assert!(slice.is_over() && !spell.is_over());
        spell.over().await;
        assert!(spell.is_over());
    }

    #[tokio::test]
    async fn where_somebody_has_given_way_it_is_over_for_all() {
        let (crowded, told) = watch::channel(true);
        let spell = Spell::of(Duration::from_secs(30), told);
        spell.clone().over().await;
        crowded.send_replace(false);
        assert!(spell.is_over());
    }
}
