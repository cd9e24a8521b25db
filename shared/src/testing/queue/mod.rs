//! What every queue must do. Each function takes a queue of its own, empty.

mod claims;
mod lives;
mod order;
mod pressure;

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::build::{self, PATIENT, room};
use crate::entry::Seq;
use crate::jobs::{Failure, FailureCode, Housekeeping, Job, JobId, JobKind, Priority, Token, WorkerId};
use crate::ports::{
    Bound, Claim, Ended, Ending, Finished, JobQueue, LiveState, MOST_LOSSES, Overload, Reaped, Room,
    Sighting, Submission, Submitted, Taken, Waiting, Wake,
};
use crate::time::Timestamp;

pub use claims::*;
pub use lives::*;
pub use order::*;
pub use pressure::*;

type Subject = Arc<dyn JobQueue>;

/// Longer than any wake-up takes, shorter than a worker's own look at the queue.
const SOON: Duration = Duration::from_millis(1500);

fn job(width: u32) -> Job {
    build::render_job("http://a.test/1.jpg", width)
}

fn upkeep(tick: i64) -> Job {
    let kind = JobKind::Housekeeping(Housekeeping { tick: Timestamp::from_millis(tick) });
    Job { kind, priority: Priority::Upkeep }
}

fn token() -> Token {
    Token::new(rand::random())
}

fn worker() -> WorkerId {
    WorkerId::new(rand::random())
}

fn submission(job: &Job, want: i64) -> Submission<'static> {
    Submission::of(job, Seq::new(want), token()).expect("written")
}

async fn put(queue: &Subject, submission: &Submission<'_>) -> Submitted {
    queue.submit(submission).await.expect("submitted")
}

async fn submit(queue: &Subject, job: &Job, want: i64) -> Submitted {
    put(queue, &submission(job, want)).await
}

async fn take_into(queue: &Subject, room: &Room<'_>) -> Taken {
    queue.take(&worker(), room).await.expect("taken")
}

async fn take(queue: &Subject, max: usize) -> Vec<Claim> {
    take_into(queue, &room(max)).await.claims
}

async fn take_one(queue: &Subject) -> Claim {
    let mut claims = take(queue, 1).await;
    claims.pop().expect("a job waits")
}

async fn finish(queue: &Subject, claim: &Claim, stamp: i64, ended: Ended) -> Finished {
    queue.finish(claim, &ending(stamp, ended)).await.expect("finished")
}

fn ending(stamp: i64, ended: Ended) -> Ending {
    Ending { ended, stamp: Seq::new(stamp), sources: vec![build::source_ref("http://a.test/1.jpg")] }
}

fn life(submitted: &Submitted) -> &Token {
    submitted.token().expect("not refused")
}

fn gone() -> Ended {
    Ended::Failed(Failure::new(FailureCode::SourceGone, "gone"))
}

async fn assert_empty(queue: &Subject) {
    assert!(queue.live(None, 10).await.expect("listed").is_empty());
    assert!(take(queue, 10).await.is_empty());
}

/// What a test lets pass to tell before from after.
const MOMENT: Duration = Duration::from_millis(30);
/// Long enough to see that nothing comes.
const SHORT: Duration = Duration::from_millis(200);

/// Lets more than a [`MOMENT`] pass by every clock.
async fn after_a_moment() {
    tokio::time::sleep(MOMENT * 2).await;
}

async fn wakened(queue: &Subject) -> Wake {
    timeout(SOON, queue.wakened()).await.expect("in time").expect("wakened")
}
