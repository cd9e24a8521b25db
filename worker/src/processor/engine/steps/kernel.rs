//! Which samples of a row or column a new one is made of, and how much each counts.

use std::f64::consts::PI;

/// The samples that one new sample is made of. Beyond an edge lie copies of it, whose weight is the edge's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taps {
    /// The first of them.
    pub(super) start: usize,
    /// How much each counts; their sum is 1.
    pub(super) weights: Vec<f32>,
}

/// The means of `by` samples each. The last block may reach over the edge, or samples be left over.
pub(super) fn boxes(length: usize, by: f64) -> Vec<Taps> {
    let by = index(by.round()).max(1);
    let new = ((length + by / 2) / by).max(1);
    (0..new).map(|block| folded(signed(block * by), &vec![1.0; by], length)).collect()
}

/// Lanczos' kernel of three lobes, `by` times as wide: libvips' `reducev` and `reduceh`, whose window lies in the middle of what is left over.
pub(super) fn lanczos(length: usize, by: f64) -> Vec<Taps> {
    let new = (real(length) / by).round().max(1.0);
    let over = new * by - real(length);
    let reach = 3.0 * by;
    (0..index(new))
        .map(|place| {
            let centre = (real(place) + 0.5) * by - 0.5 - over / 2.0;
            let (first, last) = ((centre - reach).ceil(), (centre + reach).floor());
            let weights: Vec<f64> =
                (0..=index(last - first)).map(|at| lobes((first + real(at) - centre) / by)).collect();
            folded(floor(first), &weights, length)
        })
        .collect()
}

/// Catmull and Rom's cubic, with libvips' corner convention: the first sample stays where it is (`affine.c`, `bicubic.cpp`). Places are
/// rounded to a 64th, as there.
pub(super) fn bicubic(length: usize, scale: f64) -> Vec<Taps> {
    let new = (real(length) * scale).round().max(1.0);
    (0..index(new))
        .map(|place| {
            let at = (real(place) / scale * 64.0).round() / 64.0;
            let x = at - at.floor();
            let weights = [
                x * (-0.5 + x * (1.0 - 0.5 * x)),
                1.0 + x * x * (-2.5 + 1.5 * x),
                x * (0.5 + x * (2.0 - 1.5 * x)),
                x * x * (-0.5 + 0.5 * x),
            ];
            folded(floor(at) - 1, &weights, length)
        })
        .collect()
}

fn lobes(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else if x.abs() >= 3.0 {
        0.0
    } else {
        3.0 * (PI * x).sin() * (PI * x / 3.0).sin() / (PI * PI * x * x)
    }
}

/// Taps within `length`: what lies beyond an edge counts for the edge.
#[expect(clippy::cast_possible_truncation, reason = "weights are near 1")]
fn folded(first: i64, weights: &[f64], length: usize) -> Taps {
    let last = signed(length) - 1;
    let sum: f64 = weights.iter().sum();
    let within = |at: i64| usize::try_from(at.clamp(0, last)).unwrap_or(0);
    let start = within(first);
    let mut folded: Vec<f64> = Vec::with_capacity(weights.len());
    for (at, weight) in (first..).zip(weights) {
        match folded.get_mut(within(at) - start) {
            Some(edge) => *edge += weight / sum,
            None => folded.push(weight / sum),
        }
    }
    Taps { start, weights: folded.into_iter().map(|weight| weight as f32).collect() }
}

#[expect(clippy::cast_precision_loss, reason = "sides are far below 2^53")]
const fn real(side: usize) -> f64 {
    side as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats end at the bounds"
)]
const fn index(place: f64) -> usize {
    place as usize
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats end at the bounds")]
const fn floor(place: f64) -> i64 {
    place.floor() as i64
}

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(taps: &[Taps], samples: &[u8]) -> Vec<u8> {
        taps.iter()
            .map(|taps| {
                let sum: f32 =
                    taps.weights.iter().zip(&samples[taps.start..]).map(|(w, s)| w * f32::from(*s)).sum();
                sum.round().clamp(0.0, 255.0) as u8
            })
            .collect()
    }

    #[test]
    fn every_sample_is_made_of_a_whole() {
        for taps in [boxes(10, 4.0), lanczos(10, 1.7), lanczos(3, 3.0), bicubic(10, 2.3), bicubic(1, 9.0)] {
            for taps in taps {
                let sum: f32 = taps.weights.iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "{taps:?}");
            }
        }
    }

    /// A row of a photograph, and what libvips 8.14 makes of it (`vips affine … bicubic`).
    #[test]
    fn enlarged_samples_are_those_of_libvips() {
        let row = [119, 149, 146, 167, 172, 169, 140, 113];
        let enlarged = [119, 134, 149, 148, 146, 156, 167, 171, 172, 173, 169, 156, 140];
        let made = made(&bicubic(row.len(), 2.0), &row);
        // The rest depends on what the row goes on with.
        assert_eq!(made[..enlarged.len() - 2], enlarged[..enlarged.len() - 2]);
        assert_eq!(made.len(), 16);
    }

    #[test]
    fn blocks_have_their_mean_and_the_last_one_goes_on_as_its_edge() {
        assert_eq!(made(&boxes(5, 2.0), &[0, 10, 20, 30, 40]), [5, 25, 40]);
        assert_eq!(made(&boxes(7, 3.0), &[0, 10, 20, 30, 40, 50, 60]), [10, 40]);
    }
}
