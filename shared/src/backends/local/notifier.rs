//! News within the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc};

use crate::backends::ears::{Ears, NUDGES};
use crate::jobs::{Announcement, Nudge};
use crate::ports::{News, Notifier, Nudges, PortError, Subscription};
use crate::request::CacheKey;

/// News that one listener has not read yet; beyond it news is dropped, which the port allows.
const UNREAD: usize = 16;

/// Tells those who listen in this process.
#[derive(Clone)]
pub struct LocalNotifier {
    ears: Arc<Mutex<Ears>>,
    nudges: broadcast::Sender<Nudge>,
}

impl Default for LocalNotifier {
    fn default() -> Self {
        Self { ears: Arc::default(), nudges: broadcast::Sender::new(NUDGES) }
    }
}

impl LocalNotifier {
    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
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

    async fn nudge(&self, nudge: &Nudge) -> Result<(), PortError> {
        // Nobody may listen.
        let _heard = self.nudges.send(nudge.clone());
        Ok(())
    }

    fn nudges(&self) -> Nudges {
        Nudges::new(self.nudges.subscribe())
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
