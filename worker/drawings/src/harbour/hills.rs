//! The hills on the other shore.

use super::super::canvas::{Canvas, Colour, lerp, mix, plus, rgb, smooth};
use super::super::noise::{layers, noise};
use super::{HORIZON, SUN, WIDTH};

/// From the farthest to the nearest: how high above the water, how much higher at most, how wide its waves are, its colour, and
/// how much of the evening is between.
const RANGES: [(f32, f32, f32, Colour, f32); 4] = [
    (34.0, 120.0, 310.0, rgb(0x9a_6f8c), 0.62),
    (18.0, 96.0, 230.0, rgb(0x6e_557d), 0.40),
    (6.0, 74.0, 190.0, rgb(0x4a_4068), 0.24),
    (-16.0, 58.0, 150.0, rgb(0x2c_2b4a), 0.10),
];

/// Lays the hills before the sky.
pub(super) fn hills(above: &mut Canvas) {
    for (number, (base, height, width, colour, haze)) in RANGES.into_iter().enumerate() {
        let place = number as f32 * 37.3;
        let ridge: Vec<f32> = (0..WIDTH)
            .map(|x| {
                let x = x as f32;
                // They leave an opening below the sun.
                let open = 1.0
                    - smooth(520.0, 60.0, (x - SUN[0] - 20.0).abs()) * lerp(0.55, 1.0, number as f32 / 3.0);
                let wave = layers(x / width + place, place, 7);
                HORIZON - (base + height * (wave * 1.9 - 0.45).max(0.0)) * open
            })
            .collect();
        let highest = HORIZON - base - height * 1.5;
        above.change([0.0, WIDTH as f32], [highest, HORIZON], |x, y, behind| {
            let ridge = ridge.get(x as usize).copied().unwrap_or(HORIZON);
            let cover = (y - ridge + 0.5).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return behind;
            }
            let (right, low) = ((x - SUN[0]) / 420.0, smooth(ridge, HORIZON, y));
            let glow = 1.0 / (1.0 + right * right);
            let trees = if haze < 0.3 { (noise(x / 3.1, y / 4.2) - 0.5) * 0.05 } else { 0.0 };
            let ground = plus(colour, [1.0, 0.95, 1.0], trees);
            mix(behind, mix(ground, rgb(0xf2_a06c), haze * (0.35 + 0.65 * low) * (0.3 + 0.7 * glow)), cover)
        });
    }
}
