//! The notifier: one connection for listening, one channel a key.

mod switchboard;

use async_trait::async_trait;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::{Redis, unavailable, unusable};
use crate::backends::ears::NUDGES;
use crate::jobs::{Announcement, Nudge};
use crate::lifecycle::Lifecycle;
use crate::ports::{News, Notifier, Nudges, PortError, Subscription};
use crate::request::CacheKey;
use switchboard::{Command, Switchboard};

/// News that one listener has not read yet; beyond it news is dropped, which the port allows.
const UNREAD: usize = 16;

/// Announces through Redis' publish and subscribe.
pub struct RedisNotifier {
    redis: Redis,
    switchboard: mpsc::UnboundedSender<Command>,
    nudges: broadcast::Sender<Nudge>,
}

impl RedisNotifier {
    /// Starts the task that owns the listening connection; it ends when the notifier and its subscriptions are dropped.
    pub(super) fn start(redis: Redis) -> Self {
        let (switchboard, commands) = mpsc::unbounded_channel();
        let nudges = broadcast::Sender::new(NUDGES);
        let mut board = Switchboard::new(redis.clone(), commands, nudges.clone());
        Lifecycle::spawn_detached(async move { board.run().await });
        Self { redis, switchboard, nudges }
    }
}

#[async_trait]
impl Notifier for RedisNotifier {
    async fn subscribe(&self, key: &CacheKey) -> Result<Subscription, PortError> {
        let (ear, news) = mpsc::channel(UNREAD);
        let (confirm, confirmed) = oneshot::channel();
        let guard = Leaving { key: key.clone(), ear: ear.downgrade(), switchboard: self.switchboard.clone() };
        let gone = |_| unavailable("the listening connection is closed");
        self.switchboard.send(Command::Listen { key: key.clone(), ear, confirm }).map_err(|_| gone(()))?;
        confirmed.await.map_err(|_| gone(()))??;
        Ok(Subscription { news, guard: Box::new(guard) })
    }

    async fn announce(&self, news: &Announcement) -> Result<(), PortError> {
        let wire = news.write().map_err(|cause| unusable(&cause))?;
        self.publish(&self.redis.keys.channel(&news.key), wire.as_ref()).await
    }

    async fn nudge(&self, nudge: &Nudge) -> Result<(), PortError> {
        let wire = nudge.write().map_err(|cause| unusable(&cause))?;
        self.publish(&self.redis.keys.nudges(), wire.as_bytes()).await
    }

    fn nudges(&self) -> Nudges {
        Nudges::new(self.nudges.subscribe())
    }
}

impl RedisNotifier {
    async fn publish(&self, channel: &str, wire: &[u8]) -> Result<(), PortError> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(wire);
        let published = publish.query_async::<()>(&mut self.redis.commands.clone()).await;
        published.map_err(|cause| unavailable(&cause))
    }
}

/// Dropped with its subscription.
struct Leaving {
    key: CacheKey,
    ear: mpsc::WeakSender<News>,
    switchboard: mpsc::UnboundedSender<Command>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        // A closed switchboard has no listeners left to forget.
        let _closed = self.switchboard.send(Command::Leave { key: self.key.clone(), ear: self.ear.clone() });
    }
}
