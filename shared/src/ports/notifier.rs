//! News about keys, for those who wait.

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc};

use super::PortError;
use crate::jobs::{Announcement, Nudge};
use crate::request::CacheKey;

/// Tells waiters on every replica how a key stands. Lossy by contract: it ends a wait early, the catalog is the truth.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Listens for news about `key`. When this returns, every later announcement will be seen, as long as the connection
    /// holds.
    ///
    /// # Errors
    /// The notifier cannot be reached.
    async fn subscribe(&self, key: &CacheKey) -> Result<Subscription, PortError>;

    /// Tells everyone who listens.
    ///
    /// # Errors
    /// The notifier cannot be reached.
    async fn announce(&self, news: &Announcement) -> Result<(), PortError>;

    /// Tells every replica, this process included.
    ///
    /// # Errors
    /// The notifier cannot be reached.
    async fn nudge(&self, nudge: &Nudge) -> Result<(), PortError>;

    /// Listens for nudges from now on, as long as the connection holds.
    fn nudges(&self) -> Nudges;
}

/// An ear for nudges; dropping it ends the listening.
pub struct Nudges(broadcast::Receiver<Nudge>);

/// Some were missed: whoever needs to know asks the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedNudges;

impl Nudges {
    /// An ear at the end of a channel.
    #[must_use]
    pub const fn new(heard: broadcast::Receiver<Nudge>) -> Self {
        Self(heard)
    }

    /// The next nudge. When the notifier is closed there is none, ever.
    ///
    /// # Errors
    /// This ear was too slow, and some were missed before those that follow.
    pub async fn next(&mut self) -> Result<Nudge, MissedNudges> {
        match self.0.recv().await {
            Ok(nudge) => Ok(nudge),
            Err(broadcast::error::RecvError::Lagged(_)) => Err(MissedNudges),
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Somebody announced something.
    Announced(Announcement),
    /// The connection was lost and is back: something may have been missed, so look again.
    Reconnected,
}

/// An open ear; dropping it ends the listening.
pub struct Subscription {
    /// The news, in the order of their announcement; ends when the notifier is closed.
    pub news: mpsc::Receiver<News>,
    /// Freed on drop: tells the notifier that this listener is gone.
    pub guard: Box<dyn Send + Sync>,
}
