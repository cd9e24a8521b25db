//! The contract suites of the ports over the backends, on real servers.

#![expect(clippy::expect_used, clippy::panic, reason = "these are tests: a panic is how one fails")]

mod counting;
mod embedded;
mod failover;
mod ledger;
mod racing;
mod redis;
mod remote;
mod silence;
mod unreadable;
mod versions;
