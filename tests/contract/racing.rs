//! Two that submit and two that finish, on connections of their own, over one job.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use imcaxy_shared::backends::redis::RedisQueue;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Token, WorkerId};
use imcaxy_shared::ports::{Ending, Finished, JobQueue as _, Submission};
use imcaxy_shared::testing::build;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Of both submitters together.
const ROUNDS: usize = 10_000;
/// No life lasts so long.
const LONG: Duration = Duration::from_secs(10);

/// Lives that a worker has ended.
#[derive(Default)]
struct Ended {
    tokens: Mutex<HashSet<Token>>,
    more: Notify,
}

impl Ended {
    fn add(&self, token: Token) {
        self.tokens.lock().expect("no test panics with it").insert(token);
        self.more.notify_waiters();
    }

    async fn has(&self, token: &Token) {
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if self.tokens.lock().expect("no test panics with it").contains(token) {
                return;
            }
            more.await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_submissions_race_finishes_and_the_life_of_each_is_ended() {
    let redis = crate::redis::alone().await;
    let ended = Arc::new(Ended::default());
    let submitting = || submit(redis.queue(), &ended);
    let working = || work(redis.queue(), &ended);
    tokio::select! {
        _ = async { tokio::join!(submitting(), submitting()) } => {}
        _ = working() => {}
        _ = working() => {}
    }
    assert!(redis.queue().live(None, 1).await.expect("listed").is_empty(), "nothing is left over");
}

/// Submits one job again and again, as soon as the life that it queued or joined has ended.
async fn submit(queue: RedisQueue, ended: &Ended) {
    let job = build::render_job("http://a.test/1.jpg", 300);
    for round in 0..ROUNDS / 2 {
        let submission = Submission::of(&job, Seq::ZERO, Token::new(rand::random())).expect("written");
        let submitted = queue.submit(&submission).await.expect("submitted");
        let token = submitted.token().expect("not refused");
        let waited = timeout(LONG, ended.has(token)).await;
        assert!(waited.is_ok(), "round {round}: the life of {submitted:?} never ended");
    }
}

/// Takes and ends what waits, for ever.
async fn work(queue: RedisQueue, ended: &Ended) {
    let worker = WorkerId::new(rand::random());
    let room = build::room(4);
    loop {
        let taken = queue.take(&worker, &room).await.expect("taken");
        for claim in &taken.claims {
            let finished = queue.finish(claim, &Ending::done(claim.want)).await.expect("finished");
            assert_eq!(finished, Finished::Released, "nobody else ends what this one has");
            ended.add(claim.token.clone());
        }
        if taken.claims.is_empty() {
            queue.wakened().await.expect("wakened");
        }
    }
}
