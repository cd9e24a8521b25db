//! Holding requests until a test lets them go, so that a test decides what happens at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

/// What is due arrives sooner, or never.
const PATIENCE: Duration = Duration::from_secs(30);

/// A closed gate, held by the test. Dropping it opens it for good.
#[derive(Debug)]
#[must_use = "a gate that is dropped is open"]
pub struct Gate {
    bar: Bar,
}

impl Gate {
    /// A closed gate, and the bar at which requests wait.
    pub(crate) fn closed() -> (Self, Bar) {
        let bar = Bar { passes: Arc::new(Semaphore::new(0)), waiting: Arc::new(watch::Sender::new(0)) };
        (Self { bar: bar.clone() }, bar)
    }

    /// How many requests wait here now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        *self.bar.waiting.borrow()
    }

    /// Waits until that many requests wait here; fails the test when they do not come within half a minute.
    pub async fn wait_for(&self, requests: usize) {
        let mut waiting = self.bar.waiting.subscribe();
        let arrived = tokio::time::timeout(PATIENCE, waiting.wait_for(|now| *now >= requests)).await;
        assert!(
            arrived.is_ok(),
            "{requests} requests should wait at the gate, but {} do after {} s",
            self.waiting(),
            PATIENCE.as_secs()
        );
    }

    /// Lets that many requests through, those that wait first, then those that come.
    pub fn let_through(&self, requests: usize) {
        self.bar.passes.add_permits(requests);
    }

    /// Opens the gate for good.
    pub fn open(self) {
        drop(self);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.bar.passes.close();
    }
}

/// The side of a gate at which requests wait.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    passes: Arc<Semaphore>,
    waiting: Arc<watch::Sender<usize>>,
}

impl Bar {
    /// Waits until the gate lets the request through. Whoever stops waiting is no longer counted.
    pub(crate) async fn pass(&self) {
        let _counted = Counted::at(&self.waiting);
        if let Ok(pass) = self.passes.acquire().await {
            pass.forget();
        }
    }
}

struct Counted<'a>(&'a watch::Sender<usize>);

impl<'a> Counted<'a> {
    fn at(waiting: &'a watch::Sender<usize>) -> Self {
        waiting.send_modify(|now| *now += 1);
        Self(waiting)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|now| *now -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_wait_until_they_are_let_through() {
        let (gate, bar) = Gate::closed();
        let requests: Vec<_> = (0..3)
            .map(|_| {
                let bar = bar.clone();
                tokio::spawn(async move { bar.pass().await })
            })
            .collect();
        gate.wait_for(3).await;
        gate.let_through(1);
        let mut waiting = bar.waiting.subscribe();
        waiting.wait_for(|now| *now == 2).await.expect("one went through");
        gate.open();
        for request in requests {
            request.await.expect("ends");
        }
        bar.pass().await;
    }

    #[tokio::test]
    async fn a_request_that_gives_up_is_not_counted() {
        let (gate, bar) = Gate::closed();
        let request = tokio::spawn({
            let bar = bar.clone();
            async move { bar.pass().await }
        });
        gate.wait_for(1).await;
        request.abort();
        let mut waiting = bar.waiting.subscribe();
        waiting.wait_for(|now| *now == 0).await.expect("nobody waits");
        assert_eq!(gate.waiting(), 0);
    }
}
