//! The flight table: one flight a key, however many requests of this process want it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use imcaxy_shared::request::CacheKey;
use tokio::sync::watch;

/// Flights in the air, by key.
pub(crate) struct Flights<T> {
    table: Arc<Table<T>>,
}

type Table<T> = Mutex<HashMap<CacheKey, Arc<watch::Sender<Option<T>>>>>;

/// What a request that joins gets.
pub(crate) struct Seat<T> {
    landing: watch::Receiver<Option<T>>,
}

/// Held by whoever flies. Dropped, it clears the table: those who still wait compete again.
pub(crate) struct Flight<T> {
    key: CacheKey,
    landing: Arc<watch::Sender<Option<T>>>,
    table: Arc<Table<T>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { table: Arc::default() }
    }
}

impl<T: Clone> Flights<T> {
    /// A seat on the flight of `key`, and the flight itself for the first who asks, who must let it fly.
    pub(crate) fn join(&self, key: &CacheKey) -> (Seat<T>, Option<Flight<T>>) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        match table.entry(key.clone()) {
            Entry::Occupied(flying) => (Seat { landing: flying.get().subscribe() }, None),
            Entry::Vacant(place) => {
                let (sender, landing) = watch::channel(None);
                let sender = Arc::new(sender);
                place.insert(Arc::clone(&sender));
                let flight = Flight { key: key.clone(), landing: sender, table: Arc::clone(&self.table) };
                (Seat { landing }, Some(flight))
            }
        }
    }
}

impl<T: Clone> Seat<T> {
    /// Waits for the landing; `None` when the flight ended without one.
    pub(crate) async fn landed(mut self) -> Option<T> {
        let landed = self.landing.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }
}

impl<T> Flight<T> {
    /// Tells all seats, also those that are taken from now on.
    pub(crate) fn land(&self, outcome: T) {
        self.landing.send_replace(Some(outcome));
    }

    /// How many wait.
    pub(crate) fn seats(&self) -> usize {
        self.landing.receiver_count()
    }

    /// Returns when nobody waits any more.
    pub(crate) async fn deserted(&self) {
        self.landing.closed().await;
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::testing::build;

    #[tokio::test]
    async fn all_who_join_get_one_landing_and_the_table_is_left_empty() {
        let flights = Flights::default();
        let key = build::key("http://a.test/1.jpg", 300);
        let (first, flight) = flights.join(&key);
        let flight = flight.expect("the first flies");
        let (second, none) = flights.join(&key);
        assert!(none.is_none());
        assert_eq!(flight.seats(), 2);
        flight.land(7);
        assert_eq!((first.landed().await, second.landed().await), (Some(7), Some(7)));
        let (late, none) = flights.join(&key);
        assert!(none.is_none());
        assert_eq!(late.landed().await, Some(7));
        flight.deserted().await;
        drop(flight);
        assert!(flights.join(&key).1.is_some());
    }

    #[tokio::test]
    async fn a_flight_that_ends_without_landing_lets_its_seats_compete_again() {
        let flights = Flights::<u8>::default();
        let key = build::key("http://a.test/1.jpg", 300);
        let (seat, flight) = flights.join(&key);
        drop(flight);
        assert_eq!(seat.landed().await, None);
    }
}
