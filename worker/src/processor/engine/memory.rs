//! How much memory a render takes, from headers and parameters alone.

use imcaxy_shared::request::{Extent, Plan};

use super::decode::Source;
use super::make::Reduction;

/// Samples that a pixel may have.
const SAMPLES: u64 = 4;
/// Coefficients that a progressive JPEG keeps: three components of two bytes, whatever it is reduced to.
const COEFFICIENTS: u64 = 6;

/// Bytes that decoding, the largest step and encoding take together, about: each step has its source and its result.
pub(super) fn needed(source: &Source, plan: Option<&Plan>, reduction: Reduction) -> u64 {
    let stored = source.extent();
    let reduced = |side: u64| side.div_ceil(u64::from(reduction.by()));
    let decoded = Extent { width: reduced(stored.width), height: reduced(stored.height) };
    let times = plan.map_or(1, Plan::times);
    let zoomed = decoded.pixels().saturating_mul(times.saturating_mul(times));
    let result = plan.map_or(stored, |plan| plan.result(stored)).pixels();
    let pixels = decoded.pixels().saturating_add(zoomed).saturating_add(result.saturating_mul(2));
    let kept = if source.is_progressive() { stored.pixels().saturating_mul(COEFFICIENTS) } else { 0 };
    pixels.saturating_mul(SAMPLES).saturating_add(kept)
}
