//! From the queue to apalis: claims as many jobs as there are free slots.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::layers::Identity;
use apalis_core::task::Task;
use apalis_core::worker::context::WorkerContext;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::jobs::{Priority, WorkerId};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{JobQueue, PortError, Room, Wake};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::Limits;
use super::slots::{Slot, Slots};
use crate::hold::Hold;

/// How often it is looked whether somebody waits while no slot is free.
const LOOK: Duration = Duration::from_millis(250);

/// A job with the slot that it occupies until the last copy of this is dropped.
pub(super) struct Taken {
    pub hold: Arc<Hold>,
    pub slot: Arc<Slot>,
}

/// Claims jobs until it is time to stop or the worker is gone.
pub(super) async fn keep_fed(
    queue: Arc<dyn JobQueue>,
    worker: &WorkerId,
    jobs: mpsc::Sender<Task<Taken>>,
    limits: Limits,
    backoff: Backoff,
    lifecycle: &Lifecycle,
) {
    let (slots, looked) = (Slots::new(limits.concurrency), Instant::now());
    let mut feed = Feeder { queue, worker, jobs, limits, slots, listening: None, passed_on: false, looked };
    let mut errors = 0;
    while let Some(turn) = feed.turn(lifecycle).await {
        errors = pause(turn, errors, backoff, lifecycle).await;
    }
}

struct Feeder<'a> {
    queue: Arc<dyn JobQueue>,
    worker: &'a WorkerId,
    jobs: mpsc::Sender<Task<Taken>>,
    limits: Limits,
    slots: Slots,
    /// The bell, once it was listened to. Never dropped half-way: what it has heard would be lost for other workers too.
    listening: Option<BoxFuture<'static, Result<Wake, PortError>>>,
    /// Whether the bell was passed on, since it rang last, for jobs that are held back here. If it comes back, nobody else has room
    /// for them, and it is let be.
    passed_on: bool,
    /// When it was last looked whether somebody waits while no slot is free, or upkeep was taken, which then goes on for a while at least.
    looked: Instant,
}

/// What ends a pause.
enum Wakened {
    /// The bell was heard, or it is time to look.
    Heard(Result<Wake, PortError>),
    /// A slot became free.
    Freed,
    Stopping,
}

impl Feeder<'_> {
    /// One look at the queue, and the wait for the next if there was nothing. `None` when it is time to stop.
    async fn turn(&mut self, lifecycle: &Lifecycle) -> Option<Result<(), PortError>> {
        if lifecycle.is_stopping() {
            return None;
        }
        let slots = self.slots.free();
        let room = Room {
            slots,
            share: self.slots.share(),
            busy: &self.slots.busy(),
            patience: self.limits.patience,
            pass_on: !self.passed_on,
        };
        // Never dropped half-way: what the queue has claimed for us, we run.
        let taken = match self.queue.take(self.worker, &room).await {
            Ok(taken) => taken,
            Err(cause) => return Some(Err(cause)),
        };
        let found = !taken.claims.is_empty();
        let took_upkeep = taken.claims.iter().any(|claim| claim.priority == Priority::Upkeep);
        if slots > taken.claims.len() || took_upkeep {
            self.slots.are_crowded(false);
        }
        if took_upkeep {
            self.looked = Instant::now();
        }
        for claim in taken.claims {
            let slot = Arc::new(self.slots.occupy(claim.list()));
            let hold = Arc::new(Hold::new(Arc::clone(&self.queue), claim, self.slots.crowd()));
            self.jobs.send(Task::new(Taken { hold, slot })).await.ok()?;
        }
        self.passed_on = taken.held_back && !found;
        if found && self.slots.free() > 0 {
            return Some(Ok(()));
        }
        match self.wakened(taken.held_back, lifecycle).await {
            Wakened::Heard(Ok(wake)) => {
                self.passed_on &= wake != Wake::Rang;
                Some(Ok(()))
            }
            Wakened::Heard(Err(cause)) => Some(Err(cause)),
            Wakened::Freed => {
                self.passed_on = false;
                Some(Ok(()))
            }
            Wakened::Stopping => None,
        }
    }

    /// Waits for the bell where there is room, and for a slot where that changes what can be taken.
    async fn wakened(&mut self, held_back: bool, lifecycle: &Lifecycle) -> Wakened {
        if self.slots.free() > 0 && self.listening.is_none() {
            let queue = Arc::clone(&self.queue);
            self.listening = Some(async move { queue.wakened().await }.boxed());
        }
        let is_full = self.slots.free() == 0;
        let Self { listening, slots, queue, looked, .. } = self;
        let rang = async {
            match listening {
                Some(listening) => listening.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            answer = rang => {
                self.listening = None;
                Wakened::Heard(answer)
            }
            () = slots.freed(), if held_back || is_full => Wakened::Freed,
            never = watch_the_crowd(&**queue, slots, looked), if is_full && slots.hold_upkeep() => match never {},
            () = lifecycle.stopping() => Wakened::Stopping,
        }
    }
}

/// Has upkeep end early while somebody waits for whom its slot would be one, and none is free.
async fn watch_the_crowd(queue: &dyn JobQueue, slots: &Slots, looked: &mut Instant) -> Infallible {
    loop {
        sleep_until(*looked + LOOK).await;
        *looked = Instant::now();
        // Where that cannot be told nobody can be given a slot either.
        let waits = queue.would_give(slots.share(), &slots.busy_for_origins()).await;
        slots.are_crowded(waits.unwrap_or(false));
    }
}

/// Leaves a queue that failed alone for a while; answers how often it has failed in a row.
async fn pause(waited: Result<(), PortError>, errors: u32, backoff: Backoff, lifecycle: &Lifecycle) -> u32 {
    let Err(cause) = waited else {
        if errors > 0 {
            tracing::info!("jobs are taken again");
        }
        return 0;
    };
    if errors == 0 {
        tracing::warn!(%cause, "no jobs can be taken; trying again until it works");
    }
    tokio::select! {
        () = sleep(backoff.after(errors)) => {}
        () = lifecycle.stopping() => {}
    }
    errors.saturating_add(1)
}

/// The backend: what the feed sends. It has no errors, and ends when the feed does.
pub(super) struct Feed(pub mpsc::Receiver<Task<Taken>>);

impl Backend for Feed {
    type Task = Task<Taken>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Task<Taken>, Infallible>>> {
        self.0.poll_recv(cx).map(|job| job.map(Ok))
    }

    /// Called when the feed has ended and no job runs. A worker of apalis 1.0.0 whose backend is exhausted waits for
    /// somebody to stop it; stopped earlier it would leave behind what the channel holds.
    fn poll_close(&mut self, _: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Infallible>> {
        if let Err(error) = worker.stop() {
            tracing::warn!(%error, "the worker was not running");
        }
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Feed {
    type Args = Taken;
    type Id = ();
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use imcaxy_shared::backends::local::LocalQueue;
    use imcaxy_shared::entry::Seq;
    use imcaxy_shared::jobs::Token;
    use imcaxy_shared::ports::{Submission, SystemClock};
    use imcaxy_shared::testing::build;
    use tokio::time::timeout;

    use super::*;

    /// Whether upkeep has given way after so many looks.
    async fn gives_way(queue: &LocalQueue, slots: &Slots) -> bool {
        let mut looked = Instant::now();
        let watch = watch_the_crowd(queue, slots, &mut looked);
        assert!(timeout(LOOK * 3, watch).await.is_err(), "it watches on");
        *slots.crowd().borrow()
    }

    #[tokio::test(start_paused = true)]
    async fn upkeep_gives_way_to_who_could_have_its_slot_and_to_no_other() {
        let (queue, slots) = (LocalQueue::new(&SystemClock), Slots::new(NonZeroUsize::new(4).expect("four")));
        let wait = async |url: &str| {
            let job = build::render_job(url, 300);
            let submission = Submission::of(&job, Seq::ZERO, Token::new(rand::random())).expect("written");
            queue.submit(&submission).await.expect("submitted");
        };
        let upkeep = slots.occupy("");
        let slow: Vec<Slot> = (0..slots.share()).map(|_| slots.occupy("slow.test:80")).collect();
        assert_eq!(slots.free(), 0);
        wait("http://slow.test/1.jpg").await;
        assert!(!gives_way(&queue, &slots).await, "the slow origin has its share");
        wait("http://calm.test/1.jpg").await;
        assert!(gives_way(&queue, &slots).await);
        drop((upkeep, slow));
    }
}
