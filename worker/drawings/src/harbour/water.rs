//! The water of the harbour.

use super::super::canvas::{Canvas, mix, plus, rgb, smooth, times};
use super::super::noise::noise;
use super::{HEIGHT, HORIZON, SUN};

/// The whole picture: what is above the horizon, and its reflection.
pub(super) fn below(above: &Canvas) -> Canvas {
    let (mut row, mut near, mut depth) = (-1.0, 0.0, 0.0);
    above.continued(HEIGHT, |x, y| {
        if row < y {
            // Waves are as much larger as they are nearer.
            (row, near) = (y, y - HORIZON + 9.0);
            depth = near.ln() * 19.0;
        }
        let down = y - HORIZON;
        let across = (x - 800.0) / near;
        let swell = noise(across * 2.1 + depth * 0.13, depth) - 0.5;
        let ripple = noise(across * 6.3 - depth * 0.21 + 40.0, depth * 2.6) - 0.5;
        let slope = swell + ripple * 0.55;
        let bent = slope * (3.0 + down * 0.42 / (1.0 + down / 190.0));
        let mirrored =
            above.between(x + slope * (3.0 + down * 0.03), HORIZON - 1.0 - (down * 0.93 + bent).max(0.0));
        let nearer = down / (HEIGHT as f32 - HORIZON);
        let body = mix(rgb(0x3a_3f6c), rgb(0x12_1d42), nearer);
        let facing = (0.16 + 0.42 * nearer - slope * 0.34).clamp(0.05, 0.85);
        let seen = mix(times(mirrored, 0.94), body, facing);
        let wide = 15.0 + down * 0.3;
        let aside = (x - SUN[0] + slope * wide * 0.5) / wide;
        let path = 1.0 / (1.0 + aside * aside * aside * aside + aside * aside);
        let spark = smooth(0.0, 0.42, slope + 0.1) * (0.9 - 0.45 * nearer);
        let seen = plus(seen, rgb(0xff_b766), path * spark * 0.72);
        plus(seen, rgb(0xff_e9c0), path * smooth(0.30, 0.5, slope) * 0.6)
    })
}
