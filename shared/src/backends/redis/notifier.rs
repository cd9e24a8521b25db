//! The notifier: one connection for listening, one channel a key.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::node::Node;
use super::retry::BACKOFF;
use super::{RESPONSE_TIMEOUT, Redis, unavailable, unusable};
use crate::jobs::Announcement;
use crate::lifecycle::Lifecycle;
use crate::ports::{News, Notifier, PortError, Subscription};
use crate::request::CacheKey;

/// News that one listener has not read yet; beyond it news is dropped, which the port allows.
const UNREAD: usize = 16;
/// Commands that are carried out with one round trip.
const BATCH: usize = 256;
/// How often a silent connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(5);

/// Announces through Redis' publish and subscribe.
pub struct RedisNotifier {
    redis: Redis,
    switchboard: mpsc::UnboundedSender<Command>,
}

enum Command {
    Listen { key: CacheKey, ear: mpsc::Sender<News>, confirm: oneshot::Sender<Result<(), PortError>> },
    Leave { key: CacheKey, ear: mpsc::WeakSender<News> },
}

impl RedisNotifier {
    /// Starts the task that owns the listening connection; it ends when the notifier and its subscriptions are dropped.
    pub(super) fn start(redis: Redis) -> Self {
        let (switchboard, commands) = mpsc::unbounded_channel();
        let mut board = Switchboard { redis: redis.clone(), commands, ears: HashMap::new() };
        Lifecycle::spawn_detached(async move { board.run().await });
        Self { redis, switchboard }
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
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.redis.keys.channel(&news.key)).arg(wire.as_ref());
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

/// Owns the listening connection and knows who listens.
struct Switchboard {
    redis: Redis,
    commands: mpsc::UnboundedReceiver<Command>,
    ears: HashMap<CacheKey, Vec<mpsc::Sender<News>>>,
}

/// The listening connection and where it leads.
struct Line {
    node: Node,
    sink: PubSubSink,
    stream: PubSubStream,
}

/// Why a connection is no longer listened to.
enum End {
    /// It broke; another is opened.
    Broken(PortError),
    /// The master is another node by now; a connection to that one is opened.
    Moved,
    /// Nobody can ask for anything any more.
    Closed,
}

impl Switchboard {
    async fn run(&mut self) {
        let mut failures = 0;
        // Told once: who is away stays away for a while.
        let mut told = false;
        loop {
            let begun = Instant::now();
            let cause = match self.connect().await {
                Ok(line) => {
                    if std::mem::take(&mut told) {
                        tracing::info!(node = %line.node, "redis: listening again");
                    }
                    self.tell_all(&News::Reconnected);
                    match self.serve(line).await {
                        End::Broken(cause) => cause,
                        End::Moved => continue,
                        End::Closed => return,
                    }
                }
                Err(cause) => cause,
            };
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(%cause, "redis: not listening");
            }
            // A connection that held for a while was worth opening; one that broke at once is a failure like any other.
            if begun.elapsed() >= PING {
                failures = 0;
            }
            if self.refuse_until(Instant::now() + BACKOFF.after(failures), &cause).await.is_none() {
                return;
            }
            failures = failures.saturating_add(1);
        }
    }

    /// Opens a connection that listens to all that was listened to.
    async fn connect(&self) -> Result<Line, PortError> {
        let (node, listener) = self.redis.listener().await?;
        let (mut sink, stream) = listener.split();
        let channels: Vec<String> = self.ears.keys().map(|key| self.redis.keys.channel(key)).collect();
        for some in channels.chunks(BATCH) {
            in_time(sink.subscribe(some)).await?;
        }
        Ok(Line { node, sink, stream })
    }

    async fn serve(&mut self, Line { node, mut sink, mut stream }: Line) -> End {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.deliver(&message),
                    None => return End::Broken(unavailable("the connection was closed")),
                },
                received = self.commands.recv_many(&mut batch, BATCH) => {
                    if received == 0 {
                        return End::Closed;
                    }
                    if let Err(cause) = self.carry_out(&mut sink, &mut batch).await {
                        return End::Broken(cause);
                    }
                }
                _ = ping.tick() => {
                    // A node that was taken out of its Cluster answers on, and hears nothing any more.
                    if self.redis.commands.node().is_some_and(|master| master != node) {
                        return End::Moved;
                    }
                    if let Err(cause) = in_time(sink.ping::<redis::Value>()).await {
                        return End::Broken(cause);
                    }
                }
            }
        }
    }

    /// Adds and removes listeners, with one round trip for all that are new and one for all that left.
    async fn carry_out(&mut self, sink: &mut PubSubSink, batch: &mut Vec<Command>) -> Result<(), PortError> {
        let mut added = Vec::new();
        let mut left = Vec::new();
        let mut confirms = Vec::new();
        for command in batch.drain(..) {
            match command {
                Command::Listen { key, ear, confirm } => {
                    let ears = self.ears.entry(key.clone()).or_default();
                    if ears.is_empty() {
                        added.push(key);
                    }
                    ears.push(ear);
                    confirms.push(confirm);
                }
                Command::Leave { key, ear } => {
                    if self.forget(&key, &ear) {
                        left.push(key);
                    }
                }
            }
        }
        // Who left and came back within the batch stays subscribed.
        left.retain(|key| !self.ears.contains_key(key));
        let channels =
            |keys: &[CacheKey]| keys.iter().map(|key| self.redis.keys.channel(key)).collect::<Vec<_>>();
        let mut result = Ok(());
        if !added.is_empty() {
            result = in_time(sink.subscribe(channels(&added))).await;
        }
        if result.is_ok() && !left.is_empty() {
            result = in_time(sink.unsubscribe(channels(&left))).await;
        }
        for confirm in confirms {
            let answer = result.as_ref().copied().map_err(unavailable);
            // Who no longer waits for the confirmation leaves by its guard.
            let _gone = confirm.send(answer);
        }
        result
    }

    /// While there is no connection nobody is kept waiting for one. `None` when the switchboard is closed.
    async fn refuse_until(&mut self, end: Instant, cause: &PortError) -> Option<()> {
        loop {
            tokio::select! {
                () = sleep_until(end) => return Some(()),
                command = self.commands.recv() => match command? {
                    Command::Listen { confirm, .. } => {
                        let _gone = confirm.send(Err(unavailable(cause)));
                    }
                    Command::Leave { key, ear } => {
                        self.forget(&key, &ear);
                    }
                },
            }
        }
    }

    /// Forgets one listener and those whose ears are closed; answers whether it was the last of its key.
    fn forget(&mut self, key: &CacheKey, ear: &mpsc::WeakSender<News>) -> bool {
        let Some(ears) = self.ears.get_mut(key) else { return false };
        let leaving = ear.upgrade();
        ears.retain(|other| {
            !other.is_closed() && leaving.as_ref().is_none_or(|ear| !other.same_channel(ear))
        });
        let last = ears.is_empty();
        if last {
            self.ears.remove(key);
        }
        last
    }

    fn deliver(&self, message: &Msg) {
        let channel = message.get_channel_name();
        let Some(ears) = self.redis.keys.key_of_channel(channel).and_then(|key| self.ears.get(&key)) else {
            return;
        };
        match Announcement::read(&Bytes::copy_from_slice(message.get_payload_bytes())) {
            Ok(news) => tell(ears, &News::Announced(news)),
            Err(cause) => tracing::warn!(%cause, channel, "redis: skipped an announcement"),
        }
    }

    fn tell_all(&self, news: &News) {
        for ears in self.ears.values() {
            tell(ears, news);
        }
    }
}

fn tell(ears: &[mpsc::Sender<News>], news: &News) {
    for ear in ears {
        // A listener that does not read, or no longer, misses news; the port allows it.
        let _missed = ear.try_send(news.clone());
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Result<T, PortError> {
    match timeout(RESPONSE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|cause| unavailable(&cause)),
        Err(_) => Err(unavailable("no answer in time")),
    }
}
