//! The connection to the master, opened again when it is lost. It is asked for a command, not told to connect: while nobody
//! asks, nobody tries.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::time::{Instant, timeout};

use super::RESPONSE_TIMEOUT;
use super::master::{Deployment, Opened};
use super::meaning::{Meaning, meaning};
use super::node::Node;
use super::retry::Retry;

/// How often one command is sent again because it came to a node that no longer has what we ask for.
const MOST_TRIES: usize = 3;

/// The connection that all commands share. Clones share it too. A command that meets a demoted master or a moved slot
/// is sent to the right node; one whose connection breaks fails, since nobody knows whether it was carried out, and the
/// next one finds a new connection. Between failures to connect there is a pause, in which commands fail at once.
#[derive(Clone)]
pub(super) struct Link {
    shared: Arc<Shared>,
    /// How long one command may take.
    patience: Duration,
}

struct Shared {
    deployment: Deployment,
    state: Mutex<State>,
    /// Held by whoever connects: the others wait for the same try.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Opened>>,
    absence: Option<Absence>,
    retry: Retry,
}

/// That there is no connection, and when the next try is due.
struct Absence {
    next_try: Instant,
    cause: RedisError,
}

impl Link {
    /// Not connected yet.
    pub(super) fn new(deployment: Deployment) -> Self {
        let shared = Shared { deployment, state: Mutex::default(), opening: tokio::sync::Mutex::default() };
        Self { shared: Arc::new(shared), patience: RESPONSE_TIMEOUT }
    }

    /// The same link for commands that may take no longer than this: a connection that gives no answer by then is lost for all.
    pub(super) fn within(&self, patience: Duration) -> Self {
        Self { shared: Arc::clone(&self.shared), patience }
    }

    /// What it leads to.
    pub(super) fn deployment(&self) -> &Deployment {
        &self.shared.deployment
    }

    /// Where the connection leads at the moment, if there is one.
    pub(super) fn node(&self) -> Option<Node> {
        self.state().current.as_ref().map(|opened| opened.node.clone())
    }

    /// The connection, opened now if need be.
    ///
    /// # Errors
    /// The last failure to connect.
    pub(super) async fn opened(&self) -> RedisResult<Arc<Opened>> {
        if let Some(opened) = &self.state().current {
            return Ok(Arc::clone(opened));
        }
        let _alone = self.shared.opening.lock().await;
        self.due()?;
        if let Some(opened) = &self.state().current {
            return Ok(Arc::clone(opened));
        }
        match self.shared.deployment.open().await {
            Ok(opened) => Ok(self.found(opened)),
            Err(cause) => {
                self.failed(&cause);
                Err(cause)
            }
        }
    }

    /// Gives up a connection that somebody found useless, unless another has taken its place.
    pub(super) fn lost(&self, useless: &Arc<Opened>, cause: &RedisError) {
        let mut state = self.state();
        if !state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, useless)) {
            return;
        }
        state.current = None;
        let next_try = Instant::now() + state.retry.lost(useless.since.elapsed());
        state.absence = Some(Absence { next_try, cause: cause.clone() });
        drop(state);
        tracing::warn!(node = %useless.node, %cause, "redis: the connection is lost");
    }

    fn due(&self) -> RedisResult<()> {
        match &self.state().absence {
            Some(absence) if Instant::now() < absence.next_try => Err(absence.cause.clone()),
            _ => Ok(()),
        }
    }

    fn found(&self, opened: Opened) -> Arc<Opened> {
        let opened = Arc::new(opened);
        let mut state = self.state();
        state.current = Some(Arc::clone(&opened));
        state.retry.opened();
        let was_away = state.absence.take().is_some();
        drop(state);
        if was_away {
            tracing::info!(node = %opened.node, "redis: connected again");
        } else {
            tracing::debug!(node = %opened.node, "redis: connected");
        }
        opened
    }

    fn failed(&self, cause: &RedisError) {
        let mut state = self.state();
        let pause = state.retry.failed();
        let absence = Absence { next_try: Instant::now() + pause, cause: cause.clone() };
        let told = state.absence.replace(absence).is_some();
        drop(state);
        // Told once: that it was lost, or that it cannot be reached in the first place.
        if told {
            tracing::debug!(%cause, ?pause, "redis: cannot be reached");
        } else {
            tracing::warn!(%cause, "redis: cannot be reached");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a command to the master, and again when it came to another node.
    async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let mut tries = 1;
        loop {
            let opened = self.opened().await?;
            let mut connection = opened.connection.clone();
            let answer = timeout(self.patience, connection.req_packed_command(command)).await;
            let answer = answer.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
            let cause = match answer.and_then(Value::extract_error) {
                Ok(answer) => return Ok(answer),
                Err(cause) => cause,
            };
            let meaning = meaning(&cause);
            if meaning != Meaning::Answer {
                self.lost(&opened, &cause);
            }
            if meaning != Meaning::Elsewhere || tries == MOST_TRIES {
                return Err(cause);
            }
            tries += 1;
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.send(cmd))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        // Some of its commands may have been carried out, so none is sent again.
        Box::pin(async move {
            let opened = self.opened().await?;
            let sent = opened.connection.clone().req_packed_commands(pipeline, offset, count).await;
            if let Err(cause) = &sent
                && meaning(cause) != Meaning::Answer
            {
                self.lost(&opened, cause);
            }
            sent
        })
    }

    fn get_db(&self) -> i64 {
        self.shared.deployment.database()
    }
}
