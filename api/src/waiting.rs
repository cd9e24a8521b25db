//! How many requests of this process wait for a picture.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Refused;

/// Counts those who wait, up to `requests.max_waiting`: each holds a connection and its place in a flight.
pub(crate) struct WaitingRoom {
    waiting: AtomicUsize,
    most: usize,
}

/// One place; dropped, it is free.
pub(crate) struct Place<'a>(&'a AtomicUsize);

impl WaitingRoom {
    /// A room for `most` requests.
    pub(crate) const fn new(most: usize) -> Self {
        Self { waiting: AtomicUsize::new(0), most }
    }

    /// A place for one more.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn enter(&self) -> Result<Place<'_>, Refused> {
        let place = Place(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.most {
            return Ok(place);
        }
        let message = format!("{} requests wait here already (requests.max_waiting)", self.most);
        Err(Refused::overloaded(message, None))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_makes_room_and_who_is_refused_takes_none() {
        let room = WaitingRoom::new(2);
        let (first, second) = (room.enter(), room.enter());
        assert!(first.is_ok() && second.is_ok());
        assert!(room.enter().is_err() && room.enter().is_err());
        drop(first);
        let third = room.enter();
        assert!(third.is_ok() && room.enter().is_err());
    }
}
