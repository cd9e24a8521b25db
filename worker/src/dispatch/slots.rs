//! The slots of a worker: how many are free, and from which waiting lists the others were filled.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

/// Places for jobs that run at the same time. Clones share them.
#[derive(Clone)]
pub(super) struct Slots {
    shared: Arc<Shared>,
}

struct Shared {
    all: usize,
    running: Mutex<Running>,
    freed: Notify,
    crowded: watch::Sender<bool>,
}

#[derive(Default)]
struct Running {
    taken: usize,
    lists: HashMap<String, usize>,
}

/// One taken place; dropped, it is free.
pub(super) struct Slot {
    list: String,
    shared: Arc<Shared>,
}

impl Slots {
    pub(super) fn new(all: NonZeroUsize) -> Self {
        let (running, freed, crowded) = (Mutex::default(), Notify::new(), watch::Sender::new(false));
        let shared = Shared { all: all.get(), running, freed, crowded };
        Self { shared: Arc::new(shared) }
    }

    /// How many are free.
    pub(super) fn free(&self) -> usize {
        self.shared.all.saturating_sub(self.shared.running().taken)
    }

    /// Most jobs of one origin: three quarters, but never the last slot where there are several, so that one slow origin cannot
    /// hold all of a worker.
    pub(super) fn share(&self) -> usize {
        share(self.shared.all)
    }

    /// The lists of the jobs that run, and how many are of each.
    pub(super) fn busy(&self) -> Vec<(String, usize)> {
        self.shared.running().lists.iter().map(|(list, jobs)| (list.clone(), *jobs)).collect()
    }

    /// The same of origins alone, as when upkeep has given way.
    pub(super) fn busy_for_origins(&self) -> Vec<(String, usize)> {
        self.busy().into_iter().filter(|(list, _)| !list.is_empty()).collect()
    }

    /// A place for a job of `list` that was taken because there was room for it.
    pub(super) fn occupy(&self, list: &str) -> Slot {
        let mut running = self.shared.running();
        running.taken += 1;
        *running.lists.entry(list.to_owned()).or_default() += 1;
        Slot { list: list.to_owned(), shared: Arc::clone(&self.shared) }
    }

    /// Whether jobs run that are no origin's, among them those that end early in a crowd.
    pub(super) fn hold_upkeep(&self) -> bool {
        self.shared.running().lists.contains_key("")
    }

    /// Says whether requests wait while no place is free.
    pub(super) fn are_crowded(&self, crowded: bool) {
        self.shared.crowded.send_if_modified(|told| std::mem::replace(told, crowded) != crowded);
    }

    /// Tells that.
    pub(super) fn crowd(&self) -> watch::Receiver<bool> {
        self.shared.crowded.subscribe()
    }

    /// Returns when a place has become free since this was last waited for.
    pub(super) async fn freed(&self) {
        self.shared.freed.notified().await;
    }
}

impl Shared {
    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.shared.running();
        running.taken = running.taken.saturating_sub(1);
        if let Some(jobs) = running.lists.get_mut(&self.list) {
            *jobs = jobs.saturating_sub(1);
            if *jobs == 0 {
                running.lists.remove(&self.list);
            }
        }
        drop(running);
        self.shared.freed.notify_one();
    }
}

fn share(all: usize) -> usize {
    (3 * all).div_ceil(4).min(all.saturating_sub(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_never_has_the_last_of_several_slots() {
        let shares = [1, 2, 3, 4, 8, 32].map(share);
        assert_eq!(shares, [1, 1, 2, 3, 6, 24]);
    }

    #[tokio::test]
    async fn a_slot_is_counted_until_it_is_dropped() {
        let slots = Slots::new(NonZeroUsize::new(3).expect("three"));
        let first = slots.occupy("a:80");
        let second = slots.occupy("a:80");
        assert_eq!((slots.free(), slots.busy()), (1, vec![("a:80".to_owned(), 2)]));
        drop(first);
        slots.freed().await;
        assert_eq!((slots.free(), slots.busy()), (2, vec![("a:80".to_owned(), 1)]));
        drop(second);
        assert_eq!((slots.free(), slots.busy()), (3, vec![]));
    }
}
