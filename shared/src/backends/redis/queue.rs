//! The job queue: every step is one script, so that no crash of a client leaves a job half way.

use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{Script, ScriptInvocation};
use tokio::sync::Mutex;

use super::{Redis, unavailable};
use crate::entry::Seq;
use crate::jobs::{Job, JobId, Priority, Token, WorkerId};
use crate::ports::{Claim, Ended, Finished, JobQueue, LiveJob, LiveState, PortError, Submitted, Waiting};
use crate::time::Timestamp;

/// How often one life of a job may wait again because its result was too old.
const MOST_REQUEUES: u32 = 2;
/// How long a failure can be read by those who waited for it.
const FAILURE_LIFE: Duration = Duration::from_secs(60);
/// How long a worker listens for the bell before it looks by itself: a bell that rang for a worker that then died is
/// heard by nobody else.
const LISTEN: Duration = Duration::from_secs(2);

/// The queue on Redis.
pub struct RedisQueue {
    redis: Redis,
    scripts: Scripts,
    /// Listens for the bell: a blocking command holds up every other on its connection.
    listener: Mutex<Option<MultiplexedConnection>>,
}

struct Scripts {
    submit: Script,
    take: Script,
    renew: Script,
    finish: Script,
    live: Script,
}

impl RedisQueue {
    pub(super) fn new(redis: Redis) -> Self {
        let scripts = Scripts {
            submit: Script::new(include_str!("lua/submit.lua")),
            take: Script::new(include_str!("lua/take.lua")),
            renew: Script::new(include_str!("lua/renew.lua")),
            finish: Script::new(include_str!("lua/finish.lua")),
            live: Script::new(include_str!("lua/live.lua")),
        };
        Self { redis, scripts, listener: Mutex::new(None) }
    }

    async fn run<T: redis::FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, PortError> {
        call.invoke_async(&mut self.redis.commands.clone()).await.map_err(|cause| unavailable(&cause))
    }
}

#[async_trait]
impl JobQueue for RedisQueue {
    async fn submit(
        &self,
        job: &Job,
        want: Seq,
        token: Token,
        waiting: Option<Waiting<'_>>,
    ) -> Result<Submitted, PortError> {
        let keys = &self.redis.keys;
        let id = job.id();
        let payload = job.kind.write().map_err(|cause| PortError::unusable("redis", cause))?;
        let mut call = self.scripts.submit.prepare_invoke();
        call.key(keys.job(&id)).key(keys.waiting(job.priority)).key(keys.live()).key(keys.bell());
        call.arg(id.as_str()).arg(token.as_str()).arg(want.get());
        call.arg(rank(job.priority)).arg(job.priority.name()).arg(payload);
        let Waiting { replica, requests } = waiting.unwrap_or(Waiting { replica: "", requests: 0 });
        call.arg(replica).arg(requests);
        let (queued, token): (bool, String) = self.run(&call).await?;
        let token = Token::from_queue(token);
        Ok(if queued { Submitted::Queued(token) } else { Submitted::Joined(token) })
    }

    async fn ended(&self, token: &Token) -> Result<Option<Ended>, PortError> {
        let mut get = redis::cmd("GET");
        get.arg(self.redis.keys.ended(token));
        let text: Option<String> =
            get.query_async(&mut self.redis.commands.clone()).await.map_err(|cause| unavailable(&cause))?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|cause| PortError::unusable("redis", cause))
    }

    async fn live(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<LiveJob>, PortError> {
        let mut call = self.scripts.live.prepare_invoke();
        call.key(self.redis.keys.live()).arg(self.redis.keys.jobs());
        call.arg(after.map_or_else(|| "-".to_owned(), |id| format!("({id}"))).arg(limit);
        let rows: Vec<LiveRow> = self.run(&call).await?;
        rows.into_iter().map(live_job).collect()
    }

    async fn take(&self, worker: &WorkerId, max: usize) -> Result<Vec<Claim>, PortError> {
        let keys = &self.redis.keys;
        let mut call = self.scripts.take.prepare_invoke();
        call.key(keys.live()).key(keys.bell());
        for priority in Priority::ALL {
            call.key(keys.waiting(priority));
        }
        call.arg(keys.jobs()).arg(worker.as_str()).arg(max);
        let rows: Vec<(String, String, i64, u32, String)> = self.run(&call).await?;
        let claim = |(id, token, want, attempt, payload)| Claim {
            id: JobId::from_queue(id),
            token: Token::from_queue(token),
            want: Seq::new(want),
            attempt,
            payload,
        };
        Ok(rows.into_iter().map(claim).collect())
    }

    async fn wakened(&self) -> Result<(), PortError> {
        let mut listener = self.listener.lock().await;
        let mut connection = match listener.take() {
            Some(connection) => connection,
            None => self.redis.connection(LISTEN * 2).await?,
        };
        let mut listen = redis::cmd("BRPOP");
        listen.arg(self.redis.keys.bell()).arg(LISTEN.as_secs());
        let _rang: Option<(String, String)> =
            listen.query_async(&mut connection).await.map_err(|cause| unavailable(&cause))?;
        *listener = Some(connection);
        Ok(())
    }

    async fn renew(&self, claims: &[(JobId, Token)]) -> Result<Vec<bool>, PortError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = self.scripts.renew.prepare_invoke();
        for (id, token) in claims {
            call.key(self.redis.keys.job(id)).arg(token.as_str());
        }
        self.run(&call).await
    }

    async fn finish(&self, claim: &Claim, stamp: Seq, ended: &Ended) -> Result<Finished, PortError> {
        let keys = &self.redis.keys;
        let failure = match ended {
            Ended::Done => String::new(),
            Ended::Failed(_) => {
                serde_json::to_string(ended).map_err(|cause| PortError::unusable("redis", cause))?
            }
        };
        let mut call = self.scripts.finish.prepare_invoke();
        call.key(keys.job(&claim.id)).key(keys.live()).key(keys.ended(&claim.token)).key(keys.bell());
        call.arg(claim.id.as_str())
            .arg(claim.token.as_str())
            .arg(claim.attempt)
            .arg(stamp.get())
            .arg(failure);
        call.arg(keys.lists()).arg(MOST_REQUEUES).arg(FAILURE_LIFE.as_millis() as u64);
        let answer: String = self.run(&call).await?;
        match answer.as_str() {
            "released" => Ok(Finished::Released),
            "requeued" => Ok(Finished::Requeued),
            "lost" => Ok(Finished::Lost),
            other => Err(PortError::unusable("redis", format!("finish answered {other:?}"))),
        }
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

type LiveRow = (String, String, i64, String, u32, u64, String, String);

fn live_job(
    (id, state, since, worker, attempt, waiting, priority, payload): LiveRow,
) -> Result<LiveJob, PortError> {
    let unknown =
        |what: &str, text: &str| PortError::unusable("redis", format!("job {id} has {what} {text:?}"));
    let state = match state.as_str() {
        "waiting" => LiveState::Waiting,
        "running" => LiveState::Running,
        other => return Err(unknown("state", other)),
    };
    let named = Priority::ALL.into_iter().find(|known| known.name() == priority);
    let priority = named.ok_or_else(|| unknown("priority", &priority))?;
    Ok(LiveJob {
        id: JobId::from_queue(id),
        state,
        since: Timestamp::from_millis(since),
        worker: (!worker.is_empty()).then(|| WorkerId::from_queue(worker)),
        attempt,
        waiting,
        priority,
        payload,
    })
}
