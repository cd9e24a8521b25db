//! News about keys, for those who wait.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::PortError;
use crate::jobs::Announcement;
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
