//! The whole system: the real binary, on real servers, in front of the real imaginary.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests: a panic is how one fails"
)]

mod faults;
mod harness;
mod parity;
mod running;
mod serving;
mod upkeep;
