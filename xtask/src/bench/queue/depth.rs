//! What a step of the queue costs when much waits already, and what waiting costs in memory.

use std::time::Instant;

use futures::future::try_join_all;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Job, Token, WorkerId};
use imcaxy_shared::ports::{Claim, Ending, JobQueue as _, PortError, Submission};
use imcaxy_shared::testing::build;
use imcaxy_testkit::{OwnRedis, Persistence};

use super::super::error::BenchError;
use super::super::figures::{Figures, Unit, count, grouped};
use super::super::options::Plan;
use super::super::statistics::Times;
use super::remote;

const PART: &str = "queue, by depth";

/// Steps that are timed at each depth.
pub const STEPS: usize = 500;
/// Submissions that are under way at once while the queue is filled.
const AT_ONCE: usize = 256;
/// Origins among which the waiting jobs are spread.
pub const ORIGINS: usize = 50;

pub async fn measure(plan: &Plan, figures: &mut Figures) -> Result<(), BenchError> {
    let redis = OwnRedis::start(Persistence::None, false).await?;
    let opened = Redis::open(&remote(&redis.url()), Keys::new("imcaxy-bench", "0123456789abcdef"))?;
    let queue = opened.queue();
    let empty = memory(&redis).await;
    let mut waiting = 0;
    for depth in &plan.depths {
        fill(&queue, waiting..*depth).await?;
        waiting = *depth;
        let used = memory(&redis).await - empty;
        figures.add(PART, row(waiting, "memory of Redis per job"), Unit::Bytes, count(used) / count(waiting));
        steps(&redis, &queue, waiting, figures).await?;
    }
    Ok(())
}

async fn fill(queue: &RedisQueue, jobs: std::ops::Range<usize>) -> Result<(), PortError> {
    let jobs: Vec<usize> = jobs.collect();
    for some in jobs.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|number| submit(queue, *number))).await?;
    }
    Ok(())
}

async fn submit(queue: &RedisQueue, number: usize) -> Result<(), PortError> {
    let submission = Submission::of(&job(number), Seq::ZERO, Token::new(rand::random()))?;
    queue.submit(&submission).await.map(|_| ())
}

fn job(number: usize) -> Job {
    build::render_job(&format!("http://origin-{}.test/photos/{number}.jpg", number % ORIGINS), 300)
}

/// As many jobs are put in as are taken out, so that the depth stays.
async fn steps(
    redis: &OwnRedis,
    queue: &RedisQueue,
    waiting: usize,
    figures: &mut Figures,
) -> Result<(), BenchError> {
    let (worker, room) = (WorkerId::new(rand::random()), build::room(1));
    let cpu_before = cpu(redis).await;
    let (mut submits, mut takes, mut finishes) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..STEPS {
        let begun = Instant::now();
        submit(queue, waiting + step).await?;
        submits.push(begun.elapsed());
        let begun = Instant::now();
        let taken = queue.take(&worker, &room).await?;
        takes.push(begun.elapsed());
        for claim in &taken.claims {
            let begun = Instant::now();
            finish(queue, claim).await?;
            finishes.push(begun.elapsed());
        }
    }
    let cpu = cpu(redis).await - cpu_before;
    for (step, times) in [("submit", submits), ("take", takes), ("finish", finishes)] {
        let name = row(waiting, &format!("{step}, median"));
        figures.add(PART, name, Unit::Milliseconds, times.into_iter().collect::<Times>().median());
    }
    figures.add(PART, row(waiting, "CPU of Redis per job"), Unit::Microseconds, cpu * 1e6 / count(STEPS));
    Ok(())
}

async fn finish(queue: &RedisQueue, claim: &Claim) -> Result<(), PortError> {
    queue.finish(claim, &Ending::done(claim.want)).await.map(|_| ())
}

/// The name of a figure at one depth.
fn row(waiting: usize, what: &str) -> String {
    format!("{} waiting: {what}", grouped(waiting))
}

/// The bytes that Redis uses.
async fn memory(redis: &OwnRedis) -> usize {
    redis.info("memory", "used_memory").await
}

/// The seconds of CPU that Redis has used so far.
async fn cpu(redis: &OwnRedis) -> f64 {
    redis.info::<f64>("cpu", "used_cpu_user").await + redis.info::<f64>("cpu", "used_cpu_sys").await
}
