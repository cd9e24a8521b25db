//! What a step of the queue costs when much waits already, and what waiting costs in memory.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Job, Token, WorkerId};
use imcaxy_shared::ports::{Claim, Ending, JobQueue as _, PortError, Room, Submission};
use imcaxy_shared::testing::build;
use imcaxy_testkit::{OwnRedis, Persistence};

use super::super::error::BenchError;
use super::super::figures::{Figures, Unit, count};
use super::super::options::Plan;
use super::super::statistics::Times;
use super::{remote, told};

const PART: &str = "queue, by depth";

/// Steps that are timed at each depth.
const STEPS: usize = 500;
/// Submissions that are under way at once while the queue is filled.
const AT_ONCE: usize = 256;
/// Origins among which the waiting jobs are spread.
const ORIGINS: usize = 50;

pub async fn measure(plan: &Plan, figures: &mut Figures) -> Result<(), BenchError> {
    let redis = OwnRedis::start(Persistence::None, false).await?;
    let opened = Redis::open(&remote(&redis.url()), Keys::new("imcaxy-bench", "0123456789abcdef"))?;
    let queue = opened.queue();
    let empty = redis.memory_used().await;
    let mut waiting = 0;
    for depth in &plan.depths {
        fill(&queue, waiting..*depth).await?;
        waiting = *depth;
        let used = redis.memory_used().await - empty;
        let names = names(*depth);
        figures.add(PART, names.memory, Unit::Bytes, count(used) / count(waiting));
        steps(&redis, &queue, waiting, figures, &names).await?;
    }
    Ok(())
}

struct Names {
    memory: &'static str,
    submit: &'static str,
    take: &'static str,
    finish: &'static str,
    cpu: &'static str,
}

/// The rows of one depth.
const fn names(depth: usize) -> Names {
    match depth {
        0..=100 => Names {
            memory: "100 waiting: memory of Redis per job",
            submit: "100 waiting: submit, median",
            take: "100 waiting: take, median",
            finish: "100 waiting: finish, median",
            cpu: "100 waiting: CPU of Redis per job",
        },
        101..=10_000 => Names {
            memory: "10,000 waiting: memory of Redis per job",
            submit: "10,000 waiting: submit, median",
            take: "10,000 waiting: take, median",
            finish: "10,000 waiting: finish, median",
            cpu: "10,000 waiting: CPU of Redis per job",
        },
        _ => Names {
            memory: "1,000,000 waiting: memory of Redis per job",
            submit: "1,000,000 waiting: submit, median",
            take: "1,000,000 waiting: take, median",
            finish: "1,000,000 waiting: finish, median",
            cpu: "1,000,000 waiting: CPU of Redis per job",
        },
    }
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
    names: &Names,
) -> Result<(), BenchError> {
    let worker = WorkerId::new(rand::random());
    let patience = Duration::from_secs(3600);
    let room = Room { slots: 1, share: usize::MAX, busy: &[], patience, pass_on: true };
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
    for (name, times) in [(names.submit, submits), (names.take, takes), (names.finish, finishes)] {
        figures.add(PART, name, Unit::Milliseconds, times.into_iter().collect::<Times>().median());
    }
    figures.add(PART, names.cpu, Unit::Microseconds, cpu * 1e6 / count(STEPS));
    Ok(())
}

async fn finish(queue: &RedisQueue, claim: &Claim) -> Result<(), PortError> {
    queue.finish(claim, &Ending::done(claim.want)).await.map(|_| ())
}

/// The seconds of CPU that Redis has used so far.
async fn cpu(redis: &OwnRedis) -> f64 {
    told(redis, "cpu", "used_cpu_user").await + told(redis, "cpu", "used_cpu_sys").await
}
