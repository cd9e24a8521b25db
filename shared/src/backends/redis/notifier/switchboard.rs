//! The task that owns the listening connection.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisError};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use crate::backends::ears::Ears;
use crate::backends::redis::node::Node;
use crate::backends::redis::retry::Retry;
use crate::backends::redis::{RESPONSE_TIMEOUT, Redis, unavailable};
use crate::jobs::{Announcement, Nudge};
use crate::ports::{News, PortError};
use crate::request::CacheKey;

/// Commands that are carried out with one round trip.
const BATCH: usize = 256;
/// How often a silent connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(5);

/// What is asked of the task.
pub(super) enum Command {
    /// Subscribes and says when that is confirmed.
    Listen { key: CacheKey, ear: mpsc::Sender<News>, confirm: oneshot::Sender<Result<(), PortError>> },
    /// Is no longer listening.
    Leave { key: CacheKey, ear: mpsc::WeakSender<News> },
}

/// Owns the listening connection and knows who listens.
pub(super) struct Switchboard {
    redis: Redis,
    commands: mpsc::UnboundedReceiver<Command>,
    ears: Ears,
    nudges: broadcast::Sender<Nudge>,
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
}

/// Nobody can ask for anything any more.
struct Closed;

impl Switchboard {
    /// Carries out `commands` until nobody can send any.
    pub(super) fn new(
        redis: Redis,
        commands: mpsc::UnboundedReceiver<Command>,
        nudges: broadcast::Sender<Nudge>,
    ) -> Self {
        Self { redis, commands, ears: Ears::default(), nudges }
    }

    /// Listens until nobody can send any command.
    pub(super) async fn run(&mut self) {
        let Err(Closed) = self.listen().await;
    }

    /// Listens, on one connection after the other.
    async fn listen(&mut self) -> Result<Infallible, Closed> {
        let mut retry = Retry::default();
        // Told once: who is away stays away for a while.
        let mut told = false;
        loop {
            let (cause, pause) = match self.connect().await {
                Ok(line) => {
                    let opened = Instant::now();
                    retry.opened();
                    if std::mem::take(&mut told) {
                        tracing::info!(node = %line.node, "redis: listening again");
                    }
                    self.ears.tell_all(&News::Reconnected);
                    match self.serve(line).await? {
                        End::Broken(cause) => (cause, retry.lost(opened.elapsed())),
                        End::Moved => continue,
                    }
                }
                Err(cause) => (cause, retry.failed()),
            };
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(%cause, "redis: not listening");
            }
            self.refuse_until(Instant::now() + pause, &cause).await?;
        }
    }

    /// Opens a connection that listens to all that was listened to.
    async fn connect(&self) -> Result<Line, PortError> {
        let (node, listener) = self.redis.listener().await?;
        let (mut sink, stream) = listener.split();
        let nudges = [self.redis.keys.nudges()];
        let keys = self.ears.keys().map(|key| self.redis.keys.channel(key));
        let channels: Vec<String> = nudges.into_iter().chain(keys).collect();
        for some in channels.chunks(BATCH) {
            in_time(sink.subscribe(some)).await?;
        }
        Ok(Line { node, sink, stream })
    }

    async fn serve(&mut self, Line { node, mut sink, mut stream }: Line) -> Result<End, Closed> {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.deliver(&message),
                    None => return Ok(End::Broken(unavailable("the connection was closed"))),
                },
                received = self.commands.recv_many(&mut batch, BATCH) => {
                    if received == 0 {
                        return Err(Closed);
                    }
                    if let Err(cause) = self.carry_out(&mut sink, &mut batch).await {
                        return Ok(End::Broken(cause));
                    }
                }
                _ = ping.tick() => {
                    // A node that was taken out of its Cluster answers on, and hears nothing any more.
                    if self.redis.commands.node().is_some_and(|master| master != node) {
                        return Ok(End::Moved);
                    }
                    if let Err(cause) = in_time(sink.ping::<redis::Value>()).await {
                        return Ok(End::Broken(cause));
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
                    if self.ears.add(&key, ear) {
                        added.push(key);
                    }
                    confirms.push(confirm);
                }
                Command::Leave { key, ear } => {
                    if self.ears.remove(&key, &ear) {
                        left.push(key);
                    }
                }
            }
        }
        // Who left and came back within the batch stays subscribed.
        left.retain(|key| !self.ears.has(key));
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

    /// While there is no connection nobody is kept waiting for one.
    async fn refuse_until(&mut self, end: Instant, cause: &PortError) -> Result<(), Closed> {
        loop {
            tokio::select! {
                () = sleep_until(end) => return Ok(()),
                command = self.commands.recv() => match command.ok_or(Closed)? {
                    Command::Listen { confirm, .. } => {
                        let _gone = confirm.send(Err(unavailable(cause)));
                    }
                    Command::Leave { key, ear } => {
                        self.ears.remove(&key, &ear);
                    }
                },
            }
        }
    }

    fn deliver(&self, message: &Msg) {
        let channel = message.get_channel_name();
        if channel == self.redis.keys.nudges() {
            match Nudge::read(message.get_payload_bytes()) {
                // Nobody may listen.
                Ok(nudge) => drop(self.nudges.send(nudge)),
                Err(cause) => tracing::warn!(%cause, "redis: skipped a nudge"),
            }
            return;
        }
        let Some(key) = self.redis.keys.key_of_channel(channel).filter(|key| self.ears.has(key)) else {
            return;
        };
        match Announcement::read(&Bytes::copy_from_slice(message.get_payload_bytes())) {
            Ok(news) => self.ears.tell(&key, &News::Announced(news)),
            Err(cause) => tracing::warn!(%cause, channel, "redis: skipped an announcement"),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, RedisError>>) -> Result<T, PortError> {
    match timeout(RESPONSE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|cause| unavailable(&cause)),
        Err(_) => Err(unavailable("no answer in time")),
    }
}
