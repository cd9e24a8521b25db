//! From a job's submission until whoever waits hears of its end, over Redis: the queue's and the notifier's share of
//! a miss.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisNotifier, RedisQueue};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, JobKind, Timings, Token, WorkerId};
use imcaxy_shared::ports::{Claim, Ending, JobQueue as _, News, Notifier as _, PortError, Submission};
use imcaxy_shared::testing::build;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

use super::super::error::{BenchError, Faults};
use super::super::figures::{Figures, Unit};
use super::super::options::Plan;
use super::super::stage::Stage;
use super::super::statistics::Times;
use super::{PART, remote};

/// The pause between two jobs of which the second finds everybody idle.
const IDLE: Duration = Duration::from_millis(10);
/// 200 a second.
const STEADY: Duration = Duration::from_millis(5);
/// Jobs before any is counted: connections are opened and scripts loaded.
const WARM_UP: usize = 20;
/// What is not heard by then is not heard.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn measure(
    stage: &Stage,
    plan: &Plan,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let namespace = format!("imcaxy-bench-{:016x}", rand::random::<u64>());
    let submitter = Arc::new(Side::open(&stage.servers.redis_url, &namespace)?);
    let worker = Side::open(&stage.servers.redis_url, &namespace)?;
    let measuring = async {
        submitter.one_after_another(WARM_UP, faults).await?;
        let pings = submitter.pings(plan.jobs).await?;
        let idle = submitter.one_after_another(plan.jobs, faults).await?;
        let steady = submitter.at_a_steady_pace(plan.jobs, faults).await?;
        Ok::<_, BenchError>((pings, idle, steady))
    };
    let (pings, idle, steady) = tokio::select! {
        measured = measuring => measured?,
        broken = worker.work() => return Err(broken.into()),
    };
    let mut add = |name, value| figures.add(PART, name, Unit::Milliseconds, value);
    add("**idle: submit to heard, median**", idle.median());
    add("idle: submit to heard, p99", idle.percentile(0.99));
    add("200 a second: submit to heard, median", steady.median());
    add("200 a second: submit to heard, p99", steady.percentile(0.99));
    add("one round trip to Redis (PING), median", pings.median());
    Ok(())
}

/// One end of the queue, with connections of its own as another process has them.
struct Side {
    queue: RedisQueue,
    notifier: RedisNotifier,
}

impl Side {
    fn open(url: &str, namespace: &str) -> Result<Self, PortError> {
        let redis = Redis::open(&remote(url), Keys::new(namespace, "0123456789abcdef"))?;
        Ok(Self { queue: redis.queue(), notifier: redis.notifier() })
    }

    /// Takes jobs as a worker does, and ends each at once; answers what broke it.
    async fn work(&self) -> PortError {
        const AT_ONCE: usize = 4;

        let (name, room) = (WorkerId::new(rand::random()), build::room(AT_ONCE));
        let turn = async || {
            let claims = self.queue.take(&name, &room).await?.claims;
            if claims.is_empty() {
                return self.queue.wakened().await.map(|_| ());
            }
            try_join_all(claims.iter().map(|claim| self.end(claim))).await.map(|_| ())
        };
        loop {
            if let Err(broken) = turn().await {
                return broken;
            }
        }
    }

    async fn end(&self, claim: &Claim) -> Result<(), PortError> {
        let kind = JobKind::read(&claim.payload).map_err(|cause| PortError::unusable("redis", cause))?;
        if let JobKind::Render(job) = kind {
            let entry = build::entry(&job.source.url, claim.want);
            let news = Announcement {
                key: job.key,
                token: claim.token.clone(),
                stamp: entry.stamp,
                sources: entry.source_refs(),
                took: Timings::default(),
                outcome: Announced::Stored(Box::new(entry)),
            };
            self.notifier.announce(&news).await?;
        }
        self.queue.finish(claim, &Ending::done(claim.want)).await.map(|_| ())
    }

    /// The time from submitting a new job until its end is heard; who listens does so before. `None` when it is not
    /// heard.
    async fn submit_and_hear(&self) -> Result<Option<Duration>, PortError> {
        let url = format!("http://a.test/{:016x}.jpg", rand::random::<u64>());
        let job = build::render_job(&url, 300);
        let mut subscription = self.notifier.subscribe(&build::key(&url, 300)).await?;
        let begun = Instant::now();
        self.queue.submit(&Submission::of(&job, Seq::ZERO, Token::new(rand::random()))?).await?;
        let heard = async {
            while let Some(news) = subscription.news.recv().await {
                if matches!(news, News::Announced(_)) {
                    return Some(begun.elapsed());
                }
            }
            None
        };
        Ok(timeout(PATIENCE, heard).await.ok().flatten())
    }

    async fn one_after_another(&self, jobs: usize, faults: &mut Faults) -> Result<Times, PortError> {
        let mut times = Vec::new();
        for _ in 0..jobs {
            times.extend(counted(self.submit_and_hear().await?, faults));
            sleep(IDLE).await;
        }
        Ok(times.into_iter().collect())
    }

    async fn at_a_steady_pace(
        self: &Arc<Self>,
        jobs: usize,
        faults: &mut Faults,
    ) -> Result<Times, BenchError> {
        let mut pace = interval(STEADY);
        let mut waiting = JoinSet::new();
        for _ in 0..jobs {
            pace.tick().await;
            let side = Arc::clone(self);
            waiting.spawn(async move { side.submit_and_hear().await });
        }
        let mut times = Vec::new();
        while let Some(ended) = waiting.join_next().await {
            let heard = ended.map_err(|_| BenchError::TaskEnded("waits for a job"))??;
            times.extend(counted(heard, faults));
        }
        Ok(times.into_iter().collect())
    }

    async fn pings(&self, number: usize) -> Result<Times, PortError> {
        let mut times = Vec::new();
        for _ in 0..number {
            let begun = Instant::now();
            self.queue.ping().await?;
            times.push(begun.elapsed());
        }
        Ok(times.into_iter().collect())
    }
}

fn counted(heard: Option<Duration>, faults: &mut Faults) -> Option<Duration> {
    if heard.is_none() {
        faults.add(format!("the end of a job was not heard within {} s", PATIENCE.as_secs()));
    }
    heard
}
