//! What is done to pixels, each a function from one picture to the next.

mod colour;
mod cut;
mod embed;
mod kernel;
mod resample;
mod shrink;
mod turn;
mod zoom;

pub(super) use colour::{coloured, flattened, grey};
pub(super) use cut::{crop, extract};
pub(super) use embed::{Edge, embed};
pub(super) use resample::scaled;
pub(super) use shrink::shrunk;
pub(super) use turn::Turn;
pub(super) use zoom::zoom;

/// A side as a number that sides are divided by.
#[expect(clippy::cast_precision_loss, reason = "sides are far below 2^53")]
pub(super) const fn real(side: u64) -> f64 {
    side as f64
}

/// A side that is aimed at, which is whole.
#[expect(clippy::cast_possible_truncation, reason = "casts of floats end at the bounds of the integer")]
pub(super) const fn whole(side: f64) -> i64 {
    side.round() as i64
}
