//! The state that a proxy, its handle and its connections share.

use tokio::sync::watch;

use super::condition::{Condition, Direction, Flow};

/// The link between the two parts, and what is on it.
#[derive(Debug)]
pub(super) struct Link {
    /// Bytes are passed on under its read lock only, so that a condition holds from the moment in which it is set.
    condition: watch::Sender<Condition>,
    accepted: watch::Sender<usize>,
    open: watch::Sender<usize>,
    held: watch::Sender<usize>,
    lost: watch::Sender<usize>,
}

impl Link {
    pub(super) fn new() -> Self {
        Self {
            condition: watch::Sender::new(Condition::default()),
            accepted: watch::Sender::new(0),
            open: watch::Sender::new(0),
            held: watch::Sender::new(0),
            lost: watch::Sender::new(0),
        }
    }

    /// The condition now. It cannot change while the answer is held.
    pub(super) fn condition(&self) -> watch::Ref<'_, Condition> {
        self.condition.borrow()
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Condition)) {
        self.condition.send_modify(change);
    }

    pub(super) fn accepted(&self) -> &watch::Sender<usize> {
        &self.accepted
    }

    pub(super) fn open(&self) -> &watch::Sender<usize> {
        &self.open
    }

    pub(super) fn held(&self) -> &watch::Sender<usize> {
        &self.held
    }

    pub(super) fn lost(&self) -> &watch::Sender<usize> {
        &self.lost
    }

    /// Waits until the link has been cut more often than `cuts` times.
    pub(super) async fn cut_since(&self, cuts: u64) {
        self.until(|condition| condition.cuts > cuts).await;
    }

    /// Waits until bytes of that direction need not wait.
    pub(super) async fn flows(&self, direction: Direction) {
        if *self.condition().flow(direction) == Flow::Held {
            let _counted = Counted::on(&self.held);
            self.until(|condition| *condition.flow(direction) != Flow::Held).await;
        }
    }

    /// Waits until bytes of that direction are no longer lost.
    pub(super) async fn hears(&self, direction: Direction) {
        self.until(|condition| !condition.flow(direction).loses()).await;
    }

    async fn until(&self, so: impl Fn(&Condition) -> bool) {
        // The sender is ours, so the wait ends with what it waits for and in no other way.
        let mut watched = self.condition.subscribe();
        let _ = watched.wait_for(|condition| so(condition)).await;
    }
}

/// One more, for as long as this lives.
pub(super) struct Counted<'a>(&'a watch::Sender<usize>);

impl<'a> Counted<'a> {
    pub(super) fn on(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|now| *now += 1);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|now| *now -= 1);
    }
}
