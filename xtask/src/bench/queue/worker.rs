//! One process of the real worker: how many jobs it does a second, and what it costs when there is nothing to do.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::config::Secret;
use imcaxy_shared::jobs::Priority;
use imcaxy_shared::ports::{DiscardLog as _, JobQueue as _, PortError, Submission};
use imcaxy_shared::testing::build;
use imcaxy_testkit::{Persistence, Role, System};

use super::super::error::BenchError;
use super::super::figures::{Figures, Unit, per_second};
use super::super::look::until;
use super::super::machine::share;
use super::super::options::Plan;
use super::super::stage::Stage;
use super::{PART, remote};

/// Submissions that are under way at once.
const AT_ONCE: usize = 256;
/// What has ended before the time is taken: the process starts meanwhile.
const WARM_UP: usize = 1000;
/// Over what it is looked whether a worker is at rest.
const SHORT_SPAN: Duration = Duration::from_millis(500);
/// Origins among which the jobs are spread.
pub const ORIGINS: usize = 8;
/// What the worker does at once.
pub const SLOTS: usize = 64;

pub async fn measure(stage: &Stage, plan: &Plan, figures: &mut Figures) -> Result<(), BenchError> {
    let builder = System::builder()
        .apis(0)
        .workers(0)
        .schedulers(1)
        .own_redis(Persistence::None)
        .binary(stage.binary());
    let settings =
        builder.env("IMCAXY_WORKER_CONCURRENCY", &SLOTS.to_string()).env("IMCAXY_LOG_LEVEL", "off");
    let mut system = settings.start(&stage.servers).await?;
    let queue = queue_of(&system).await?;
    let jobs: Vec<usize> = (0..plan.throughput).collect();
    for some in jobs.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|number| submit(&queue, *number))).await?;
    }
    system.add(Role::Worker).await?;
    let left = until_left(&queue, plan.throughput - WARM_UP).await?;
    let begun = Instant::now();
    until_left(&queue, 0).await?;
    figures.add(
        PART,
        "**one worker: jobs that end at once**",
        Unit::JobsPerSecond,
        per_second(left, begun.elapsed()),
    );
    let idle = idle(&system, plan.idle).await?;
    figures.add(PART, "**one idle worker: share of a core**", Unit::Percent, idle * 100.0);
    system.finish().await;
    Ok(())
}

/// The queue of a system.
async fn queue_of(system: &System) -> Result<RedisQueue, BenchError> {
    let stores = system.scope.remote();
    let catalog = MongoCatalog::open(&Secret::from(stores.mongodb_url.clone())).await?;
    let incarnation = catalog.ledger().await?.incarnation;
    let redis = Redis::open(&remote(&stores.redis_url), Keys::new(&stores.namespace, &incarnation))?;
    Ok(redis.queue())
}

/// A job that ends as soon as it is begun: all that is measured is the way there and back.
async fn submit(queue: &RedisQueue, number: usize) -> Result<(), PortError> {
    let unreadable = build::unreadable(number);
    let submission = Submission { origin: format!("origin-{}.test:80", number % ORIGINS), ..unreadable };
    queue.submit(&submission).await.map(|_| ())
}

/// Looks until no more than so many jobs of requests wait; answers how many do. The scheduler's housekeeping, which runs
/// on for a while, is not among them.
async fn until_left(queue: &RedisQueue, most: usize) -> Result<usize, BenchError> {
    let left = until("the jobs are taken", async || {
        let left = queue.depth(Priority::Request).await;
        left.map(|left| usize::try_from(left).ok().filter(|left| *left <= most)).transpose()
    });
    Ok(left.await??)
}

/// The share of a core that the worker uses with nothing to do, over a span.
async fn idle(system: &System, span: Duration) -> Result<f64, BenchError> {
    /// What it has ended is written down when it uses less of a core than this.
    const AT_REST: f64 = 0.05;

    let worker = system.workers.first().map_or(0, imcaxy_testkit::Imcaxy::id);
    until("the worker comes to rest", async || {
        share(worker, SHORT_SPAN).await.is_ok_and(|share| share < AT_REST).then_some(())
    })
    .await?;
    Ok(share(worker, span).await?)
}
