//! Zooming: each pixel becomes a square of its own.

use super::super::pixels::Pixels;

/// The picture, `times` as wide and high.
pub(in super::super) fn zoom(pixels: Pixels, times: u64) -> Pixels {
    let Ok(times) = usize::try_from(times) else { return pixels };
    if times <= 1 {
        return pixels;
    }
    let mut samples = Vec::with_capacity(pixels.samples().len() * times * times);
    let mut wide = Vec::new();
    for row in pixels.rows() {
        wide.clear();
        for pixel in row.chunks_exact(pixels.channels().count()) {
            (0..times).for_each(|_| wide.extend_from_slice(pixel));
        }
        (0..times).for_each(|_| samples.extend_from_slice(&wide));
    }
    Pixels::new(pixels.width() * times, pixels.height() * times, pixels.channels(), samples).unwrap_or(pixels)
}
