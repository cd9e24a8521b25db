//! The job queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, ScriptInvocation, ServerErrorKind};
use tokio::sync::Mutex;

use super::scripts::{Scripts, call};
use super::{Redis, rows, unavailable};
use crate::jobs::{JobId, Priority, READABLE_VERSIONS, Token, WorkerId};
use crate::ports::{
    Claim, Ended, Ending, Finished, JobQueue, LONGEST_DELAY, LiveJob, MOST_REQUEUES, Overload, PortError,
    READABLE_FOR, RENEWED_WITHIN, Reaped, Room, Sighting, Submission, Submitted, Taken, Tended, Waiting,
    Wake,
};

/// How long a worker listens for the bell before it looks by itself: a bell that rang for a worker that then died is
/// heard by nobody else.
const LISTEN: Duration = Duration::from_secs(2);
/// Renders that are dropped with one call.
const MOST_DROPPED: usize = 1000;

/// The queue on Redis.
pub struct RedisQueue {
    redis: Redis,
    scripts: Scripts,
    /// The versions of payloads that are taken.
    readable: Vec<u32>,
    /// How often jobs were taken: each version is the first in its turn, so that none is left for the others.
    takes: AtomicUsize,
    /// Listens for the bell: a blocking command holds up every other on its connection.
    listener: Mutex<Option<MultiplexedConnection>>,
}

impl RedisQueue {
    pub(super) fn new(redis: Redis) -> Self {
        Self {
            redis,
            scripts: Scripts::new(),
            readable: READABLE_VERSIONS.to_vec(),
            takes: AtomicUsize::new(0),
            listener: Mutex::new(None),
        }
    }

    /// The same queue as a program sees it that reads payloads of other versions.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn reading(mut self, versions: &[u32]) -> Self {
        self.readable = versions.to_vec();
        self
    }

    async fn run<T: redis::FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, PortError> {
        call.invoke_async(&mut self.redis.commands.clone()).await.map_err(|cause| unavailable(&cause))
    }
}

#[async_trait]
impl JobQueue for RedisQueue {
    async fn submit(&self, submission: &Submission<'_>) -> Result<Submitted, PortError> {
        let Submission { id, origin, priority, payload, want, token, waiting, bound } = submission;
        let mut call = call(&self.scripts.submit, &self.redis.keys);
        call.arg(id.as_str()).arg(token.as_str()).arg(want.get()).arg(rank(*priority)).arg(priority.name());
        call.arg(&payload.text).arg(payload.version).arg(origin);
        let Waiting { replica, requests } = waiting.unwrap_or(Waiting { replica: "", requests: 0 });
        call.arg(replica).arg(requests);
        let depth = bound.map_or(-1, |bound| i64::try_from(bound.depth).unwrap_or(i64::MAX));
        call.arg(depth).arg(bound.map_or(0, |bound| millis(bound.wait)));
        match call.invoke_async::<Vec<String>>(&mut self.redis.commands.clone()).await {
            Ok(row) => rows::submitted(&row),
            Err(cause) if is_full(&cause) => Ok(Submitted::Refused(Overload::Full)),
            Err(cause) => Err(unavailable(&cause)),
        }
    }

    async fn ended(&self, token: &Token) -> Result<Option<Ending>, PortError> {
        let mut get = redis::cmd("GET");
        get.arg(self.redis.keys.ended(token));
        let text: Option<String> =
            get.query_async(&mut self.redis.commands.clone()).await.map_err(|cause| unavailable(&cause))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|cause| PortError::unusable("redis", cause))
    }

    async fn live(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<LiveJob>, PortError> {
        let mut call = call(&self.scripts.live, &self.redis.keys);
        call.arg(after.map_or_else(|| "-".to_owned(), |id| format!("({id}"))).arg(limit);
        self.run::<Vec<rows::Live>>(&call).await?.into_iter().map(rows::live_job).collect()
    }

    async fn depth(&self, priority: Priority) -> Result<u64, PortError> {
        let mut card = redis::cmd("ZCARD");
        card.arg(self.redis.keys.waiting(priority));
        card.query_async(&mut self.redis.commands.clone()).await.map_err(|cause| unavailable(&cause))
    }

    async fn take(&self, worker: &WorkerId, room: &Room<'_>) -> Result<Taken, PortError> {
        let mut call = call(&self.scripts.take, &self.redis.keys);
        call.arg(worker.as_str()).arg(room.slots).arg(room.share);
        call.arg(millis(room.patience)).arg(millis(LONGEST_DELAY)).arg(u8::from(room.pass_on));
        call.arg(Priority::ALL.len()).arg(Priority::ALL.map(Priority::name).as_slice());
        let first = self.takes.fetch_add(1, Ordering::Relaxed) % self.readable.len().max(1);
        let mut versions = self.readable.clone();
        versions.rotate_left(first);
        call.arg(versions.len()).arg(&versions);
        for (origin, running) in room.busy {
            call.arg(origin).arg(*running);
        }
        let (held_back, claims): (bool, Vec<rows::Claimed>) = self.run(&call).await?;
        Ok(Taken { claims: claims.into_iter().map(rows::claim).collect::<Result<_, _>>()?, held_back })
    }

    async fn would_give(&self, share: usize, busy: &[(String, usize)]) -> Result<bool, PortError> {
        let mut call = call(&self.scripts.would_give, &self.redis.keys);
        call.arg(share).arg(Priority::Request.name()).arg(self.readable.len()).arg(&self.readable);
        for (origin, running) in busy {
            call.arg(origin).arg(*running);
        }
        self.run(&call).await
    }

    async fn wakened(&self) -> Result<Wake, PortError> {
        let mut listener = self.listener.lock().await;
        let mut connection = match listener.take() {
            Some(connection) => connection,
            None => self.redis.connection(LISTEN * 2).await?,
        };
        let mut listen = redis::cmd("BRPOP");
        for version in &self.readable {
            listen.arg(self.redis.keys.bell(*version));
        }
        listen.arg(LISTEN.as_secs());
        let rang: Option<(String, String)> =
            listen.query_async(&mut connection).await.map_err(|cause| unavailable(&cause))?;
        *listener = Some(connection);
        Ok(rows::wake(rang.as_ref().map(|(_, how)| how.as_str())))
    }

    async fn renew(&self, claims: &[&Claim]) -> Result<Vec<bool>, PortError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = call(&self.scripts.renew, &self.redis.keys);
        for claim in claims {
            call.arg(claim.id.as_str()).arg(claim.token.as_str()).arg(claim.attempt);
        }
        let mut soon = self.redis.commands.within(RENEWED_WITHIN);
        call.invoke_async(&mut soon).await.map_err(|cause| unavailable(&cause))
    }

    async fn finish(&self, claim: &Claim, ending: &Ending) -> Result<Finished, PortError> {
        let failure = match ending.ended {
            Ended::Done => String::new(),
            Ended::Failed(_) => {
                serde_json::to_string(ending).map_err(|cause| PortError::unusable("redis", cause))?
            }
        };
        let mut call = call(&self.scripts.finish, &self.redis.keys);
        call.arg(claim.id.as_str()).arg(claim.token.as_str()).arg(claim.attempt).arg(ending.stamp.get());
        call.arg(failure).arg(MOST_REQUEUES).arg(millis(READABLE_FOR));
        rows::finished(&self.run::<String>(&call).await?)
    }

    async fn postpone(&self, claim: &Claim, delay: Duration) -> Result<bool, PortError> {
        let mut call = call(&self.scripts.postpone, &self.redis.keys);
        call.arg(claim.id.as_str()).arg(claim.token.as_str()).arg(claim.attempt);
        call.arg(millis(delay.min(LONGEST_DELAY)));
        self.run(&call).await
    }

    async fn tend(&self, patience: Duration) -> Result<Tended, PortError> {
        let mut call = call(&self.scripts.tend, &self.redis.keys);
        call.arg(millis(patience)).arg(millis(LONGEST_DELAY)).arg(MOST_DROPPED);
        let (dropped, claims): (usize, Vec<(String, String)>) = self.run(&call).await?;
        let claims = claims.into_iter().map(rows::sighting).collect::<Result<_, _>>()?;
        Ok(Tended { claims, dropped })
    }

    async fn reap(&self, worker: &WorkerId, seen: &Sighting) -> Result<Reaped, PortError> {
        let mut call = call(&self.scripts.reap, &self.redis.keys);
        call.arg(worker.as_str()).arg(seen.id.as_str()).arg(seen.token.as_str()).arg(seen.attempt);
        call.arg(seen.renewals);
        rows::reaped(self.run(&call).await?)
    }

    async fn ping(&self) -> Result<(), PortError> {
        let pong = redis::cmd("PING").query_async::<()>(&mut self.redis.commands.clone()).await;
        pong.map_err(|cause| unavailable(&cause))
    }
}

/// Where a priority stands, the most urgent at 0.
fn rank(priority: Priority) -> usize {
    Priority::ALL.iter().position(|other| *other == priority).unwrap_or_default()
}

/// Redis has no memory left for a new job. A script tells it in its own words, so the code may be that of any script error.
fn is_full(cause: &RedisError) -> bool {
    cause.code() == Some("OOM")
        || (cause.kind() == ErrorKind::Server(ServerErrorKind::ResponseError)
            && cause.to_string().contains("OOM "))
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
