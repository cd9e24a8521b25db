//! What tests of other crates build on: values, contract suites of the ports, requests made at random.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "these are tests: a panic is how one fails, and its name says what it is about"
)]

#[cfg(feature = "runtime")]
pub mod audit;
#[cfg(feature = "runtime")]
pub mod blocks;
pub mod build;
#[cfg(feature = "runtime")]
pub mod catalog;
#[cfg(feature = "runtime")]
mod changes;
#[cfg(feature = "runtime")]
mod checks;
#[cfg(feature = "runtime")]
pub mod contract;
#[cfg(feature = "runtime")]
mod discards;
#[cfg(feature = "runtime")]
mod failures;
pub mod fuzz;
#[cfg(feature = "runtime")]
pub mod history;
#[cfg(feature = "runtime")]
pub mod inventory;
#[cfg(feature = "runtime")]
mod made;
#[cfg(feature = "runtime")]
mod next;
#[cfg(feature = "runtime")]
pub mod notifier;
#[cfg(feature = "runtime")]
pub mod objects;
#[cfg(feature = "runtime")]
pub mod outbox;
#[cfg(feature = "runtime")]
pub mod queue;
#[cfg(feature = "runtime")]
pub mod reference;
#[cfg(feature = "runtime")]
pub mod replicas;
pub mod requests;
#[cfg(feature = "runtime")]
pub mod revalidations;
#[cfg(feature = "runtime")]
pub mod ticks;
#[cfg(feature = "runtime")]
pub mod usage;
