//! The role that decides when, never how: it puts the periodic jobs, what was left unfinished and what is due in the outbox into
//! the queue. Many may run; each tick is enqueued once.

mod checks;
mod discards;
mod plan;
mod pump;
mod tick;

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Rhythm, Seq};
use imcaxy_shared::jobs::{Job, JobKind, Token};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{
    Catalog, Clock, JobQueue, Outbox, PortError, Revalidations, Submission, Submitted, Ticks,
};
use tokio_cron_scheduler::{JobScheduler, JobSchedulerError};

/// How often the plan is looked at. Ticks are told by difference from their last run, so this is only how late one can
/// be.
const LOOK: Duration = Duration::from_secs(10);
/// How often at most, where sources are checked at shorter intervals.
const SHORTEST: Duration = Duration::from_secs(1);

/// What the role works with.
#[derive(Clone)]
pub struct Scheduler {
    /// Which sources are due, and which discards are open.
    pub catalog: Arc<dyn Catalog>,
    /// Which schedules are due.
    pub ticks: Arc<dyn Ticks>,
    /// What is due.
    pub outbox: Arc<dyn Outbox>,
    /// Where jobs are put.
    pub queue: Arc<dyn JobQueue>,
    /// What was asked for.
    pub revalidations: Arc<dyn Revalidations>,
    /// The first interval of a source's checks; `None`: none are due.
    pub checks: Option<Duration>,
    /// How the others follow.
    pub rhythm: Rhythm,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Scheduler {
    /// Puts due jobs into the queue until it is time to stop.
    ///
    /// # Errors
    /// The timer cannot be started.
    pub async fn run(self, lifecycle: &Lifecycle) -> Result<(), JobSchedulerError> {
        self.look().await;
        let mut timer = JobScheduler::new().await?;
        let look = tokio_cron_scheduler::Job::new_repeated_async(self.pause(), move |_, _| {
            let scheduler = self.clone();
            Box::pin(async move { scheduler.look().await })
        })?;
        timer.add(look).await?;
        timer.start().await?;
        lifecycle.stopping().await;
        timer.shutdown().await
    }

    /// Looks at the whole plan, at the ledger, at revalidations and at the outbox once; what fails is tried again at the next look.
    pub async fn look(&self) {
        for schedule in plan::plan(self) {
            match tick::tick(self, &schedule).await {
                Ok(Some(tick)) => {
                    tracing::info!(schedule = schedule.name, tick = %tick.0.rfc3339(), "enqueued a tick")
                }
                Ok(None) => {}
                Err(cause) => {
                    tracing::warn!(schedule = schedule.name, %cause, "a schedule could not be looked at")
                }
            }
        }
        if let Err(cause) = discards::look(self).await {
            tracing::warn!(%cause, "it could not be looked whether discards are open");
        }
        if let Err(cause) = checks::go_on(self).await {
            tracing::warn!(%cause, "it could not be looked whether revalidations are unfinished");
        }
        match pump::pump(self).await {
            Ok(0) => {}
            Ok(jobs) => tracing::info!(jobs, "enqueued what was due in the outbox"),
            Err(cause) => tracing::warn!(%cause, "the outbox could not be looked at"),
        }
    }

    /// The time between two looks.
    fn pause(&self) -> Duration {
        self.checks.map_or(LOOK, |first| first.clamp(SHORTEST, LOOK))
    }

    /// Puts upkeep into the queue.
    async fn submit(&self, kind: JobKind) -> Result<(), PortError> {
        self.submit_for(&Job::upkeep(kind), Seq::ZERO).await
    }

    /// Puts a job into the queue that is to end with a stamp of `want` or more.
    async fn submit_for(&self, job: &Job, want: Seq) -> Result<(), PortError> {
        let submission = Submission::of(job, want, Token::new(rand::random()))?;
        match self.queue.submit(&submission).await? {
            Submitted::Queued(_) | Submitted::Joined(_) => Ok(()),
            // It has no bound: only a store that is full refuses it.
            Submitted::Refused(_) => Err(PortError::unavailable("queue", "its store is full")),
        }
    }
}
