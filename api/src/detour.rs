//! The way of a miss around a queue that is away: straight to a worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use imcaxy_shared::backends::direct::{DirectWorkers, NoClient, Unrendered};
use imcaxy_shared::config;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::direct::DirectRender;
use imcaxy_shared::jobs::{Announcement, Job};
use imcaxy_shared::ports::{PortError, Trouble};
use imcaxy_shared::request::CacheKey;
use tokio::time::{Instant, sleep, timeout};

use crate::App;
use crate::absence::Absence;

/// How long the queue must have been away. A question that takes longer is not waited for.
const AWAY: Duration = Duration::from_secs(2);
/// The pause between two looks whether the queue is back: so late may that be noticed.
const PAUSE: Duration = Duration::from_millis(100);
/// How long who finds all workers busy asks them again, and the pause between.
const BUSY: Duration = Duration::from_secs(2);
const ASKED_AGAIN: Duration = Duration::from_millis(200);

/// Knows whether the queue is away, and who renders meanwhile.
pub(crate) struct Detour {
    workers: Option<DirectWorkers>,
    absence: Absence,
    passed: Passed,
}

/// What was passed straight to workers since the start.
#[derive(Default)]
struct Passed {
    rendered: AtomicU64,
    failed: AtomicU64,
}

impl Detour {
    /// By way of the workers that the settings name, if they name any.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub(crate) fn of(settings: &config::Degraded) -> Result<Self, NoClient> {
        let workers = DirectWorkers::of(settings)?;
        Ok(Self { workers, absence: Absence::default(), passed: Passed::default() })
    }

    /// Asks the queue, and learns from it whether it is there. Where there is a way around it, it is waited for no longer than [`AWAY`].
    ///
    /// # Errors
    /// Those of the question.
    pub(crate) async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        if self.workers.is_none() {
            return question.await;
        }
        let asked = Instant::now();
        let late = |_| Err(PortError::unavailable("queue", "no answer in time"));
        let answer = timeout(AWAY, question).await.unwrap_or_else(late);
        let away = answer.as_ref().is_err_and(|cause| cause.trouble() == Trouble::Unavailable);
        self.absence.note(asked, !away);
        answer
    }

    /// Whether misses go this way now.
    pub(crate) fn is_open(&self) -> bool {
        self.workers.is_some() && self.absence.has_lasted(AWAY, Instant::now())
    }
}

/// Has a job rendered by a worker, within `requests.wait`, from what is fetched after the ledger stood at `stamp`.
///
/// # Errors
/// No worker can be asked, all have enough to do, or the one that was asked did not answer.
pub(crate) async fn render(app: &App, job: &Job, stamp: Seq) -> Result<Announcement, Unrendered> {
    let Some(workers) = &app.detour.workers else { return Err(Unrendered::Unanswered) };
    let order = DirectRender::of(&job.kind, stamp).map_err(|_| Unrendered::Unanswered)?;
    let until = Instant::now() + BUSY;
    let rendered = loop {
        match workers.render(&order, &*app.stores.clock, app.rules.wait).await {
            Err(Unrendered::Busy(_)) if Instant::now() < until => sleep(ASKED_AGAIN).await,
            rendered => break rendered,
        }
    };
    let passed = &app.detour.passed;
    let count = if rendered.is_ok() { &passed.rendered } else { &passed.failed };
    count.fetch_add(1, Ordering::Relaxed);
    rendered
}

/// Has somebody look for the return of the queue: one at a time, by a ping and, since news come on a connection of their own, by listening
/// for those of `key`.
pub(crate) fn watch(app: &Arc<App>, key: &CacheKey) {
    if !app.detour.absence.is_to_be_watched() {
        return;
    }
    tracing::warn!(
        "the queue is away: misses are passed straight to workers, and what they render is not kept"
    );
    let (watching, key) = (Arc::clone(app), key.clone());
    app.lifecycle.spawn(async move {
        let looks = async {
            while !is_back(&watching, &key).await {
                sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = looks => {
                watching.detour.absence.is_over();
                let Passed { rendered, failed } = &watching.detour.passed;
                let (rendered, failed) = (rendered.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
                tracing::warn!(rendered, failed, "the queue is back; told is what was passed to workers since the start");
            }
            () = watching.lifecycle.stopping() => {}
        }
    });
}

async fn is_back(app: &App, key: &CacheKey) -> bool {
    let looks = async {
        app.stores.queue.ping().await?;
        app.stores.notifier.subscribe(key).await.map(drop)
    };
    matches!(timeout(AWAY, looks).await, Ok(Ok(())))
}
