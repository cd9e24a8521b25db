//! Reducing and enlarging by any number: columns first, then rows, as libvips does.

use super::super::pixels::{Channels, Pixels};
use super::kernel::{Taps, bicubic, lanczos};

/// The picture, `across` times as wide and `down` times as high. Lanczos' kernel where both are less than 1, the bicubic
/// one otherwise: what has become smaller in one direction alone is not smoothed, as in bimg.
pub(in super::super) fn scaled(pixels: Pixels, across: f64, down: f64) -> Pixels {
    if across == 1.0 && down == 1.0 {
        return pixels;
    }
    if across < 1.0 && down < 1.0 {
        let (across, down) = (lanczos(pixels.width(), 1.0 / across), lanczos(pixels.height(), 1.0 / down));
        return resample(&pixels, &across, &down);
    }
    let (across, down) = (bicubic(pixels.width(), across), bicubic(pixels.height(), down));
    if pixels.channels().has_alpha() {
        weighed_by_alpha(&pixels, &across, &down)
    } else {
        resample(&pixels, &across, &down)
    }
}

/// The picture made anew: a sample for each of the taps. Between columns and rows samples are rounded, as libvips stores them.
pub(super) fn resample(pixels: &Pixels, across: &[Taps], down: &[Taps]) -> Pixels {
    let mut samples = Vec::with_capacity(across.len() * down.len() * pixels.channels().count());
    walk(pixels.samples(), pixels.width(), pixels.channels(), across, down, Between::Rounded, |row| {
        samples.extend(row.iter().map(|sample| rounded(*sample)));
    });
    Pixels::new(across.len(), down.len(), pixels.channels(), samples).unwrap_or_else(|| pixels.clone())
}

/// The same, with what cannot be seen counting for nothing.
fn weighed_by_alpha(pixels: &Pixels, across: &[Taps], down: &[Taps]) -> Pixels {
    let channels = pixels.channels().count();
    let mut weighed = Vec::with_capacity(pixels.samples().len());
    for pixel in pixels.pixels() {
        let Some((alpha, colours)) = pixel.split_last() else { continue };
        let share = f32::from(*alpha) / 255.0;
        weighed.extend(colours.iter().map(|colour| f32::from(*colour) * share));
        weighed.push(f32::from(*alpha));
    }
    let mut samples = Vec::with_capacity(across.len() * down.len() * channels);
    walk(&weighed, pixels.width(), pixels.channels(), across, down, Between::Exact, |row| {
        for pixel in row.chunks_exact(channels) {
            let Some((alpha, colours)) = pixel.split_last() else { continue };
            let alpha = alpha.clamp(0.0, 255.0);
            let share = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
            samples.extend(colours.iter().map(|colour| rounded(colour * share)));
            samples.push(rounded(alpha));
        }
    });
    Pixels::new(across.len(), down.len(), pixels.channels(), samples).unwrap_or_else(|| pixels.clone())
}

/// What happens to samples between columns and rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Rounded,
    Exact,
}

/// Makes one new row at a time. Cost: samples of a source row times the taps of a column, for each new row, and those of the new row
/// times its taps.
fn walk<S: Copy + Into<f32>>(
    samples: &[S],
    width: usize,
    channels: Channels,
    across: &[Taps],
    down: &[Taps],
    between: Between,
    mut each: impl FnMut(&[f32]),
) {
    let length = width * channels.count();
    let mut column = vec![0.0; length];
    let mut row = Vec::with_capacity(across.len() * channels.count());
    for taps in down {
        columns(samples.get(taps.start * length..).unwrap_or_default(), &taps.weights, &mut column);
        if between == Between::Rounded {
            column.iter_mut().for_each(|sample| *sample = f32::from(rounded(*sample)));
        }
        row.clear();
        match channels {
            Channels::Grey => along::<1>(&column, across, &mut row),
            Channels::GreyAlpha => along::<2>(&column, across, &mut row),
            Channels::Rgb => along::<3>(&column, across, &mut row),
            Channels::Rgba => along::<4>(&column, across, &mut row),
        }
        each(&row);
    }
}

/// Samples whose sums a processor of any kind holds in its registers.
const BLOCK: usize = 32;

/// The sum of rows, each by its weight. A block goes through all rows before the next one, so that its sums need not be stored meanwhile.
fn columns<S: Copy + Into<f32>>(samples: &[S], weights: &[f32], sums: &mut [f32]) {
    let rows: Vec<(&[S], &f32)> = samples.chunks_exact(sums.len().max(1)).zip(weights).collect();
    let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
    for (place, sums) in blocks.iter_mut().enumerate() {
        let mut block = [0.0; BLOCK];
        for (row, weight) in &rows {
            let Some(from) = row.as_chunks::<BLOCK>().0.get(place) else { continue };
            for (sum, sample) in block.iter_mut().zip(from) {
                *sum += **weight * (*sample).into();
            }
        }
        *sums = block;
    }
    rest.fill(0.0);
    for (row, weight) in &rows {
        for (sum, sample) in rest.iter_mut().zip(row.as_chunks::<BLOCK>().1) {
            *sum += **weight * (*sample).into();
        }
    }
}

fn along<const CHANNELS: usize>(samples: &[f32], across: &[Taps], row: &mut Vec<f32>) {
    let (pixels, _) = samples.as_chunks::<CHANNELS>();
    for taps in across {
        let mut sums = [0.0; CHANNELS];
        for (pixel, weight) in pixels.get(taps.start..).unwrap_or_default().iter().zip(&taps.weights) {
            for (sum, sample) in sums.iter_mut().zip(pixel) {
                *sum += weight * sample;
            }
        }
        row.extend_from_slice(&sums);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats end at the bounds"
)]
fn rounded(sample: f32) -> u8 {
    (sample + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_fills_no_block_is_summed_to_its_end() {
        for length in [1, BLOCK - 1, BLOCK, BLOCK + 5, 3 * BLOCK + 1] {
            let samples: Vec<u8> =
                (0..3 * length).map(|sample| u8::try_from(sample % 251).unwrap()).collect();
            let mut sums = vec![9.0; length];
            columns(&samples, &[0.5, 0.25], &mut sums);
            let expected = |at: usize| f32::from(samples[at]) * 0.5 + f32::from(samples[length + at]) * 0.25;
            assert!(sums.iter().enumerate().all(|(at, sum)| *sum == expected(at)), "{length}");
        }
    }
}
