//! Reducing by a whole number: the mean of each block, as libvips takes it (`shrinkv.c`, `shrinkh.c`).

use super::super::pixels::Pixels;
use super::kernel::{Taps, boxes};
use super::resample::resample;

/// The picture, its sides divided by `by` and rounded; as it is where that is 1.
pub(in super::super) fn shrunk(pixels: Pixels, by: f64) -> Pixels {
    if by <= 1.0 {
        return pixels;
    }
    let across: Vec<Taps> = boxes(pixels.width(), by);
    let down: Vec<Taps> = boxes(pixels.height(), by);
    resample(&pixels, &across, &down)
}
