//! How many fetches one host is asked for at once by this worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many places for each host, given out in the order in which they are asked for. A host that nobody asks is forgotten.
pub(crate) struct HostPlaces {
    each: usize,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl HostPlaces {
    /// `each` places for each host.
    pub(crate) fn new(each: usize) -> Self {
        Self { each: each.min(Semaphore::MAX_PERMITS), hosts: Mutex::default() }
    }

    /// Waits for a place of `host`, which is free again when it is dropped; `None` never in practice: nobody closes them.
    pub(crate) async fn place(&self, host: &str) -> Option<OwnedSemaphorePermit> {
        self.of(host).acquire_owned().await.ok()
    }

    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = hosts.get(host).and_then(Weak::upgrade) {
            return places;
        }
        hosts.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(self.each));
        hosts.insert(host.to_owned(), Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_host_has_its_places_and_no_other_hosts() {
        let places = HostPlaces::new(2);
        let first = places.place("a.test").await.unwrap();
        let second = places.place("a.test").await.unwrap();
        let mut third = Box::pin(places.place("a.test"));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(places.place("b.test").now_or_never().flatten().is_some());
        drop(first);
        assert!(third.now_or_never().flatten().is_some());
        drop(second);
    }

    #[tokio::test]
    async fn a_host_that_nobody_asks_is_forgotten() {
        let places = HostPlaces::new(2);
        for host in 0..100 {
            drop(places.place(&format!("{host}.test")).await);
        }
        assert_eq!(places.hosts.lock().unwrap().len(), 1);
    }
}
