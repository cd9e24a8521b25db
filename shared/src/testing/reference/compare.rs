//! A queue beside the reference: the same operations, the same answers.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Queue;
use super::sequence::{JOBS, Operation, operations};
use crate::entry::Seq;
use crate::jobs::{Failure, FailureCode, JobId, PAYLOAD_VERSION, Payload, Priority, Token, WorkerId};
use crate::ports::{
    Bound, Claim, Ended, Ending, JobQueue, LONGEST_DELAY, LiveJob, Overload, Reaped, Room, Sighting,
    Submission, Submitted, Taken, Waiting,
};
use crate::testing::build::{self, PATIENT};
use crate::time::Timestamp;

const SEQUENCES: u64 = 40;
const LENGTH: usize = 150;

/// A queue of its own, empty, answers random operations as [`Queue`] does. What fails names its seed: the same one makes the
/// same operations.
pub async fn it_answers_as_the_reference_does(queue: Arc<dyn JobQueue>) {
    for seed in 0..SEQUENCES {
        let mut pair = Pair::beside(Arc::clone(&queue), seed);
        for (step, operation) in operations(seed, LENGTH).into_iter().enumerate() {
            pair.doing = format!("operation {step} of seed {seed}, {operation:?}");
            pair.run(operation).await;
        }
        pair.doing = format!("the end of seed {seed}");
        pair.drain().await;
    }
}

/// Both queues and what they answered, the latest first.
struct Pair {
    queue: Arc<dyn JobQueue>,
    reference: Queue,
    /// The time of the reference, which goes on with each operation.
    now: Timestamp,
    seed: u64,
    worker: WorkerId,
    claims: Vec<Claim>,
    seen: Vec<Sighting>,
    lives: Vec<Token>,
    doing: String,
}

impl Pair {
    fn beside(queue: Arc<dyn JobQueue>, seed: u64) -> Self {
        Self {
            queue,
            reference: Queue::default(),
            now: Timestamp::from_millis(1_700_000_000_000),
            seed,
            worker: WorkerId::new(seed),
            claims: Vec::new(),
            seen: Vec::new(),
            lives: Vec::new(),
            doing: String::new(),
        }
    }

    async fn run(&mut self, operation: Operation) {
        self.now = self.now.plus(Duration::from_millis(1));
        match operation {
            Operation::Submit { job, request, want, depth, replica } => {
                let priority = if request { Priority::Request } else { Priority::Upkeep };
                self.submit(&Submission {
                    want: Seq::new(want),
                    waiting: replica.map(|replica| Waiting { replica, requests: 2 }),
                    bound: depth.map(|depth| Bound { depth, wait: Duration::from_secs(1 << 30) }),
                    ..self.submission(job, priority)
                })
                .await;
            }
            Operation::Take { slots, share, busy, patient } => {
                let busy = if busy { vec![(origin(0), 1)] } else { Vec::new() };
                self.take(&Room { slots, share, busy: &busy, patience: patience(patient), pass_on: true })
                    .await;
            }
            Operation::Renew { claim } => {
                let Some(claim) = self.claims.get(claim) else { return };
                let got = self.queue.renew(&[claim]).await.expect("renewed");
                let expected = self.reference.renew(&[claim]);
                self.same(&got, &expected);
                self.look().await;
            }
            Operation::Finish { claim, stamp, failed } => {
                let Some(claim) = self.claims.get(claim).cloned() else { return };
                self.finish(&claim, stamp, failed).await;
            }
            Operation::Postpone { claim, soon } => {
                let Some(claim) = self.claims.get(claim) else { return };
                let delay = if soon { Duration::ZERO } else { LONGEST_DELAY };
                let got = self.queue.postpone(claim, delay).await.expect("postponed");
                let expected = self.reference.postpone(claim, delay, self.now);
                self.same(&got, &expected);
                // Two that are due within a millisecond have no order.
                self.tend(PATIENT).await;
            }
            Operation::Tend { patient } => self.tend(patience(patient)).await,
            Operation::Reap { seen } => {
                let Some(seen) = self.seen.get(seen).cloned() else { return };
                self.reap(&seen).await;
            }
            Operation::Ended { life } => {
                let Some(token) = self.lives.get(life) else { return };
                let got = self.queue.ended(token).await.expect("an answer");
                self.same(&got.as_ref(), &self.reference.ended(token, self.now));
            }
            Operation::Live => self.same_lives().await,
        }
    }

    async fn submit(&mut self, submission: &Submission<'_>) {
        let got = match self.queue.submit(submission).await.expect("submitted") {
            // The reference knows no pace.
            Submitted::Refused(Overload::Deep { depth, .. }) => {
                Submitted::Refused(Overload::Deep { depth, wait: None })
            }
            other => other,
        };
        let expected = self.reference.submit(submission, self.now);
        self.same(&got, &expected);
        self.lives.splice(0..0, got.token().cloned());
    }

    async fn take(&mut self, room: &Room<'_>) {
        let got = self.taking(room).await;
        let expected = self.reference.take(&self.worker, room, self.now);
        self.same(&timeless(&got), &timeless(&expected));
        self.claims.splice(0..0, got.claims);
        self.look().await;
    }

    async fn taking(&self, room: &Room<'_>) -> Taken {
        some_time_passes(room.patience).await;
        self.queue.take(&self.worker, room).await.expect("taken")
    }

    async fn finish(&mut self, claim: &Claim, stamp: i64, failed: bool) {
        let failure = || Failure::new(FailureCode::SourceGone, "gone");
        let ended = if failed { Ended::Failed(failure()) } else { Ended::Done };
        let ending =
            Ending { ended, stamp: Seq::new(stamp), sources: vec![build::source_ref("http://a.test/1.jpg")] };
        let got = self.queue.finish(claim, &ending).await.expect("finished");
        let expected = self.reference.finish(claim, &ending, self.now);
        self.same(&got, &expected);
    }

    async fn tend(&mut self, patience: Duration) {
        some_time_passes(patience).await;
        let mut got = self.queue.tend(patience).await.expect("tended");
        got.claims.sort_by(|one, other| one.id.cmp(&other.id));
        let expected = self.reference.tend(patience, self.now);
        self.same(&got, &expected);
        self.seen.splice(0..0, got.claims);
    }

    /// Sees the claims as a reaper would.
    async fn look(&mut self) {
        self.tend(PATIENT).await;
    }

    async fn reap(&mut self, seen: &Sighting) {
        let got = self.queue.reap(&self.worker, seen).await.expect("reaped");
        let expected = self.reference.reap(&self.worker, seen, self.now);
        let timeless = |reaped: &Reaped| match reaped {
            Reaped::Condemned(claim) => Reaped::Condemned(timeless_claim(claim)),
            other => other.clone(),
        };
        self.same(&timeless(&got), &timeless(&expected));
        if let Reaped::Condemned(claim) = got {
            self.claims.insert(0, claim);
        }
    }

    /// Ends all that lives; nothing may be left.
    async fn drain(&mut self) {
        for job in 0..JOBS {
            // What is delayed waits at once.
            self.submit(&self.submission(job, Priority::Request)).await;
        }
        for seen in self.reference.claims() {
            self.reap(&seen).await;
        }
        // Those that may be lost only once more are taken one at a time, and the last take finds what is left of references.
        for _ in 0..=JOBS {
            for claim in self.claims.clone() {
                self.finish(&claim, 100, false).await;
            }
            self.take(&Room { share: 100, ..build::room(100) }).await;
        }
        self.same_lives().await;
        assert!(self.reference.is_empty(), "at {}: {:?}", self.doing, self.reference);
    }

    async fn same_lives(&self) {
        let timeless = |live: Vec<LiveJob>| -> Vec<LiveJob> {
            live.into_iter().map(|job| LiveJob { since: Timestamp::from_millis(0), ..job }).collect()
        };
        let got = self.queue.live(None, 100).await.expect("listed");
        self.same(&timeless(got), &timeless(self.reference.live(None, 100)));
    }

    #[track_caller]
    fn same<T: PartialEq + Debug>(&self, got: &T, expected: &T) {
        assert_eq!(got, expected, "left the queue, right the reference, at {}", self.doing);
    }

    fn submission(&self, job: usize, priority: Priority) -> Submission<'static> {
        Submission {
            id: JobId::from_queue(format!("{}/{job}", self.seed)),
            origin: origin(job),
            priority,
            payload: Payload { version: PAYLOAD_VERSION, text: format!("job {job}") },
            want: Seq::ZERO,
            token: Token::new(rand::random()),
            waiting: None,
            bound: None,
        }
    }
}

fn origin(job: usize) -> String {
    if job < JOBS / 2 { "a.test:80".to_owned() } else { "b.test:80".to_owned() }
}

const fn patience(patient: bool) -> Duration {
    if patient { PATIENT } else { Duration::ZERO }
}

/// With no patience a job is dropped when it was asked for before the current millisecond.
async fn some_time_passes(patience: Duration) {
    if patience.is_zero() {
        sleep(Duration::from_millis(3)).await;
    }
}

fn timeless(taken: &Taken) -> Taken {
    Taken { claims: taken.claims.iter().map(timeless_claim).collect(), ..taken.clone() }
}

/// The reference has a time of its own.
fn timeless_claim(claim: &Claim) -> Claim {
    Claim { queued_at: Timestamp::from_millis(0), ..claim.clone() }
}
