//! How much memory a render takes, from headers and parameters alone.

use imcaxy_shared::request::{Aim, Extent, Plan};

use super::decode::Source;
use super::make::Reduction;
use super::steps::{Turn, real};

/// Coefficients that a progressive JPEG keeps: three components of two bytes, whatever it is reduced to.
const COEFFICIENTS: u64 = 6;
/// Four samples of four bytes: what a pixel with alpha takes while it is weighed by it.
const WEIGHED: u64 = 16;

/// The longest sides of what is decoded and made.
pub(super) fn largest(stored: Extent, plan: Option<(Plan, Aim)>, turn: Turn, reduction: Reduction) -> Extent {
    let decoded = decoded(stored, reduction);
    let made = plan.map_or(decoded, |(plan, aim)| largest_made(&plan, &aim, turn.turned(stored), decoded));
    Extent { width: decoded.width.max(made.width), height: decoded.height.max(made.height) }
}

fn decoded(stored: Extent, reduction: Reduction) -> Extent {
    let reduced = |side: u64| side.div_ceil(u64::from(reduction.by()));
    Extent { width: reduced(stored.width), height: reduced(stored.height) }
}

/// Bytes that the largest step takes, about: each has its source and its result, and the last one what it encodes into.
pub(super) fn needed(source: &Source, plan: Option<(Plan, Aim)>, turn: Turn, reduction: Reduction) -> u64 {
    let stored = source.extent();
    let colours = source.colours();
    let decoded = decoded(stored, reduction);
    let made = plan.map_or(decoded, |(plan, aim)| largest_made(&plan, &aim, turn.turned(stored), decoded));
    let largest = decoded.or_larger(made).pixels();
    let samples = if colours.alpha { 4 } else { 3 };
    let weighed = if colours.alpha { largest.saturating_mul(WEIGHED) } else { 0 };
    // Sixteen bits a sample before they become eight.
    let wide = if colours.space.ends_with("16") { decoded.pixels().saturating_mul(8) } else { 0 };
    let kept = if source.is_progressive() { stored.pixels().saturating_mul(COEFFICIENTS) } else { 0 };
    largest.saturating_mul(2 * samples).saturating_add(weighed).saturating_add(wide).saturating_add(kept)
}

/// What is zoomed, what is enlarged before it is cut, or the result.
fn largest_made(plan: &Plan, aim: &Aim, upright: Extent, decoded: Extent) -> Extent {
    let times = plan.times();
    let wider = |side: u64, times: u64| side.saturating_mul(times);
    let zoomed = Extent { width: wider(decoded.width, times), height: wider(decoded.height, times) };
    let scaled = |side: u64| scaled(wider(side, times), aim.factor);
    let before_cut = if plan.forces() {
        plan.result(upright)
    } else {
        Extent { width: scaled(upright.width), height: scaled(upright.height) }
    };
    let aimed = Extent { width: scaled_to(aim.width), height: scaled_to(aim.height) };
    if !aim.alters {
        return zoomed;
    }
    zoomed.or_larger(before_cut).or_larger(aimed)
}

fn scaled(side: u64, factor: f64) -> u64 {
    scaled_to(real(side) / factor)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats end at the bounds"
)]
const fn scaled_to(side: f64) -> u64 {
    side.ceil() as u64
}
