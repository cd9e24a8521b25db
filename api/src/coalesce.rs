//! The flight table: one flight a key, however many requests of this process want it.
//!
//! Whatever decides is done under the table's lock: who joins, what a flight is wanted to bring, whether a landing will do.

use std::collections::HashMap;
use std::sync::Arc;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::request::CacheKey;
use tokio::sync::watch;

use crate::sync::{Mutex, MutexGuard, PoisonError};

/// Flights in the air, by key.
pub(crate) struct Flights<T> {
    table: Arc<Table<T>>,
}

type Table<T> = Mutex<HashMap<CacheKey, Arc<Flying<T>>>>;

/// What a flight's seats, whoever flies and the table share.
struct Flying<T> {
    landing: watch::Sender<Option<Landing<T>>>,
    /// The smallest stamp that will do for every seat; it only rises.
    want: watch::Sender<Seq>,
}

#[derive(Clone)]
struct Landing<T> {
    outcome: T,
    stamp: Seq,
}

/// What a request that joins gets.
pub(crate) struct Seat<T> {
    landing: watch::Receiver<Option<Landing<T>>>,
}

/// Held by whoever flies. Dropped, it frees its place in the table: those who still wait compete again.
pub(crate) struct Flight<T> {
    key: CacheKey,
    flying: Arc<Flying<T>>,
    table: Arc<Table<T>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { table: Arc::new(Mutex::new(HashMap::new())) }
    }
}

impl<T> Flights<T> {
    /// A seat on the flight of `key`, for a request that can use nothing with a stamp below `want`; and the flight itself for the
    /// first who asks, who must let it fly. A flight in the air brings what its most demanding seat wants. One that has landed
    /// already with less than `want` makes place for a new one.
    pub(crate) fn join(&self, key: &CacheKey, want: Seq) -> (Seat<T>, Option<Flight<T>>) {
        let mut table = locked(&self.table);
        if let Some(flying) = table.get(key)
            && flying.can_bring(want)
        {
            flying.raise(want);
            return (flying.seat(), None);
        }
        let flying = Arc::new(Flying::to_bring(want));
        let seat = flying.seat();
        table.insert(key.clone(), Arc::clone(&flying));
        (seat, Some(Flight { key: key.clone(), flying, table: Arc::clone(&self.table) }))
    }
}

impl<T: Clone> Seat<T> {
    /// Waits for the landing; `None` when the flight ended without one.
    pub(crate) async fn landed(mut self) -> Option<T> {
        let landed = self.landing.wait_for(Option::is_some).await.ok()?;
        landed.as_ref().map(|landing| landing.outcome.clone())
    }
}

impl<T> Flight<T> {
    /// The smallest stamp that will do for all who wait now.
    pub(crate) fn want(&self) -> Seq {
        *self.flying.want.borrow()
    }

    /// Returns what is wanted as soon as it is more than `known`.
    pub(crate) async fn want_above(&self, known: Seq) -> Seq {
        let mut want = self.flying.want.subscribe();
        // It cannot close: the sender is held here.
        want.wait_for(|want| *want > known).await.map_or(known, |want| *want)
    }

    /// Tells all seats, also those that are taken from now on and can use `stamp`. False, and nobody is told, when somebody who
    /// waits by now cannot.
    #[must_use = "a flight that was not allowed to land must fly on"]
    pub(crate) fn land(&self, outcome: T, stamp: Seq) -> bool {
        let _nobody_joins = locked(&self.table);
        if self.want() > stamp {
            return false;
        }
        self.flying.landing.send_replace(Some(Landing { outcome, stamp }));
        true
    }

    /// Tells all seats that are taken now, whatever they want, and nobody who comes later: an outcome that has no stamp.
    pub(crate) fn divert(&self, outcome: T) {
        let mut table = locked(&self.table);
        self.leave(&mut table);
        self.flying.landing.send_replace(Some(Landing { outcome, stamp: self.want() }));
    }

    /// How many wait.
    pub(crate) fn seats(&self) -> usize {
        self.flying.landing.receiver_count()
    }

    /// Returns when nobody waits any more.
    pub(crate) async fn deserted(&self) {
        self.flying.landing.closed().await;
    }

    /// Frees the place in the table, unless a later flight has it.
    fn leave(&self, table: &mut HashMap<CacheKey, Arc<Flying<T>>>) {
        if table.get(&self.key).is_some_and(|flying| Arc::ptr_eq(flying, &self.flying)) {
            table.remove(&self.key);
        }
    }
}

impl<T> Drop for Flight<T> {
    /// The place is free before the seats hear that nothing landed: whoever competes again finds it so.
    fn drop(&mut self) {
        self.leave(&mut locked(&self.table));
    }
}

impl<T> Flying<T> {
    fn to_bring(want: Seq) -> Self {
        Self { landing: watch::Sender::new(None), want: watch::Sender::new(want) }
    }

    fn seat(&self) -> Seat<T> {
        Seat { landing: self.landing.subscribe() }
    }

    /// Whether a request that wants `want` may still join.
    fn can_bring(&self, want: Seq) -> bool {
        self.landing.borrow().as_ref().is_none_or(|landing| landing.stamp >= want)
    }

    fn raise(&self, want: Seq) {
        self.want.send_if_modified(|wanted| {
            let raised = *wanted < want;
            *wanted = want.max(*wanted);
            raised
        });
    }
}

/// A panic under the lock leaves the table whole: each change of it is one step.
fn locked<T>(table: &Table<T>) -> MutexGuard<'_, HashMap<CacheKey, Arc<Flying<T>>>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
