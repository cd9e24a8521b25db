//! The queue of one process: the queue as a value, behind a lock and a clock, with a bell.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout_at};

use super::Queue;
use super::pace::Pace;
use crate::jobs::{JobId, Priority, Token, WorkerId};
use crate::ports::{
    Claim, Clock, Ending, Finished, JobQueue, LiveJob, Overload, PortError, Reaped, Room, Sighting,
    Submission, Submitted, Taken, Tended, Wake,
};
use crate::time::Timestamp;

/// How long who waits for a job hears nothing before it looks.
const LISTEN: Duration = Duration::from_secs(5);
/// Strokes of the bell that nobody has heard yet; beyond it a stroke changes nothing.
const MOST_RINGS: usize = 64;

/// The queue. A clone is another handle to the same one; what is in it ends with the process, and so do all that wait for it.
#[derive(Clone)]
pub struct LocalQueue(Arc<Shared>);

struct Shared {
    inside: Mutex<Inside>,
    rung: Notify,
    /// A clock that nobody steps: the wall clock's instant at the beginning, and what has passed since.
    epoch: Timestamp,
    begun: Instant,
}

#[derive(Default)]
struct Inside {
    queue: Queue,
    pace: Pace,
    bell: VecDeque<Wake>,
}

impl LocalQueue {
    /// An empty queue.
    #[must_use]
    pub fn new(clock: &dyn Clock) -> Self {
        Self(Arc::new(Shared {
            inside: Mutex::default(),
            rung: Notify::new(),
            epoch: clock.now(),
            begun: Instant::now(),
        }))
    }

    fn now(&self) -> Timestamp {
        self.0.epoch.plus(self.0.begun.elapsed())
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, inside: &mut Inside, how: Wake) {
        if inside.bell.len() < MOST_RINGS {
            inside.bell.push_back(how);
            self.0.rung.notify_one();
        }
    }

    /// Does what may let a job wait again, and wakes a worker if one does.
    fn step<T>(&self, step: impl FnOnce(&mut Inside, Timestamp) -> T) -> T {
        let now = self.now();
        let mut inside = self.inside();
        let before = inside.waiting();
        let outcome = step(&mut inside, now);
        if inside.waiting() > before {
            self.ring(&mut inside, Wake::Rang);
        }
        if !inside.queue.is_busy() {
            inside.pace.rests(now);
        }
        outcome
    }
}

impl Inside {
    fn waiting(&self) -> u64 {
        Priority::ALL.iter().map(|priority| self.queue.depth(*priority)).sum()
    }

    /// Queues or joins. What the value refuses by depth is told how long it would wait, and what would wait too long is refused.
    fn submit(&mut self, submission: &Submission<'_>, now: Timestamp) -> Submitted {
        if let Some(bound) = submission.bound
            && submission.priority == Priority::Request
            && !self.queue.lives(&submission.id)
        {
            let ahead = self.queue.ahead(submission.priority, &submission.origin);
            let wait = self.pace.after(ahead, now);
            let depth = self.queue.depth(submission.priority);
            if depth < bound.depth && wait.is_some_and(|wait| wait > bound.wait) {
                return Submitted::Refused(Overload::Deep { depth, wait });
            }
        }
        match self.queue.submit(submission, now) {
            Submitted::Refused(Overload::Deep { depth, .. }) => {
                let wait = self.pace.after(depth, now);
                Submitted::Refused(Overload::Deep { depth, wait })
            }
            other => {
                self.pace.begins(now);
                other
            }
        }
    }
}

#[async_trait]
impl JobQueue for LocalQueue {
    async fn submit(&self, submission: &Submission<'_>) -> Result<Submitted, PortError> {
        Ok(self.step(|inside, now| inside.submit(submission, now)))
    }

    async fn ended(&self, token: &Token) -> Result<Option<Ending>, PortError> {
        Ok(self.inside().queue.ended(token, self.now()).cloned())
    }

    async fn live(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<LiveJob>, PortError> {
        Ok(self.inside().queue.live(after, limit))
    }

    async fn depth(&self, priority: Priority) -> Result<u64, PortError> {
        Ok(self.inside().queue.depth(priority))
    }

    async fn take(&self, worker: &WorkerId, room: &Room<'_>) -> Result<Taken, PortError> {
        // Nothing here waits: who takes in a loop must let others have their turn.
        consume_budget().await;
        let now = self.now();
        let mut inside = self.inside();
        let (taken, left) = inside.queue.take_some(worker, room, now);
        if left || (taken.held_back && room.pass_on) {
            if inside.bell.is_empty() {
                self.ring(&mut inside, Wake::PassedOn);
            }
        } else if !taken.held_back {
            inside.bell.clear();
        }
        Ok(taken)
    }

    async fn would_give(&self, share: usize, busy: &[(String, usize)]) -> Result<bool, PortError> {
        Ok(self.inside().queue.would_give(share, busy))
    }

    async fn wakened(&self) -> Result<Wake, PortError> {
        let until = Instant::now() + LISTEN;
        loop {
            if let Some(how) = self.inside().bell.pop_front() {
                return Ok(how);
            }
            if timeout_at(until, self.0.rung.notified()).await.is_err() {
                return Ok(Wake::Silence);
            }
        }
    }

    async fn renew(&self, claims: &[&Claim]) -> Result<Vec<bool>, PortError> {
        Ok(self.inside().queue.renew(claims))
    }

    async fn finish(&self, claim: &Claim, ending: &Ending) -> Result<Finished, PortError> {
        Ok(self.step(|inside, now| {
            let finished = inside.queue.finish(claim, ending, now);
            if finished == Finished::Released {
                inside.pace.ended(now);
            }
            finished
        }))
    }

    async fn postpone(&self, claim: &Claim, delay: Duration) -> Result<bool, PortError> {
        Ok(self.step(|inside, now| inside.queue.postpone(claim, delay, now)))
    }

    async fn tend(&self, patience: Duration) -> Result<Tended, PortError> {
        Ok(self.step(|inside, now| inside.queue.tend(patience, now)))
    }

    async fn reap(&self, worker: &WorkerId, seen: &Sighting) -> Result<Reaped, PortError> {
        Ok(self.step(|inside, now| inside.queue.reap(worker, seen, now)))
    }

    async fn ping(&self) -> Result<(), PortError> {
        Ok(())
    }
}
