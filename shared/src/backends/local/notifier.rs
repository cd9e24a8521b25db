//! News within the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::backends::ears::Ears;
use crate::jobs::Announcement;
use crate::ports::{News, Notifier, PortError, Subscription};
use crate::request::CacheKey;

/// News that one listener has not read yet; beyond it news is dropped, which the port allows.
const UNREAD: usize = 16;

/// Tells those who listen in this process.
#[derive(Clone, Default)]
pub struct LocalNotifier(Arc<Mutex<Ears>>);

impl LocalNotifier {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for LocalNotifier {
    async fn subscribe(&self, key: &CacheKey) -> Result<Subscription, PortError> {
        let (ear, news) = mpsc::channel(UNREAD);
        let guard = Leaving { key: key.clone(), ear: ear.downgrade(), notifier: self.clone() };
        self.ears().add(key, ear);
        Ok(Subscription { news, guard: Box::new(guard) })
    }

    async fn announce(&self, news: &Announcement) -> Result<(), PortError> {
        self.ears().tell(&news.key, &News::Announced(news.clone()));
        Ok(())
    }
}

/// Dropped with its subscription.
struct Leaving {
    key: CacheKey,
    ear: mpsc::WeakSender<News>,
    notifier: LocalNotifier,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.notifier.ears().remove(&self.key, &self.ear);
    }
}
