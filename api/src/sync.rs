//! The lock of the flight table, under a name of this crate: `tests/flights.rs` reads the table's file with another lock
//! in its place, one that tries every schedule.

pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};
