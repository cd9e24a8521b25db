//! Protocols over all schedules of small worlds. Where the program decides something by a pure function, a model calls it; what it does
//! around that stands here once more, step by step.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "these are tests: a panic is how one fails, and they say how much they tried"
)]

mod checker;
mod discard;
mod render;
