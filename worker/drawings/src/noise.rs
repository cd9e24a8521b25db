//! Noise: the same at the same place, always.

use super::canvas::lerp;

/// Noise of one scale, from 0 to 1: random at whole numbers, smooth between them.
pub(super) fn noise(x: f32, y: f32) -> f32 {
    let (column, row) = (floor(x), floor(y));
    let (across, down) = (eased(x - column as f32), eased(y - row as f32));
    let above = lerp(random(column, row), random(column.wrapping_add(1), row), across);
    let row = row.wrapping_add(1);
    let below = lerp(random(column, row), random(column.wrapping_add(1), row), across);
    lerp(above, below, down)
}

/// Noise of several scales, each of half the size and strength of the one before, from 0 to 1.
pub(super) fn layers(mut x: f32, mut y: f32, count: u32) -> f32 {
    let (mut sum, mut all, mut strength) = (0.0, 0.0, 1.0);
    for _ in 0..count {
        sum += noise(x, y) * strength;
        all += strength;
        strength *= 0.5;
        (x, y) = (x * 2.03 + 17.7, y * 1.97 + 31.3);
    }
    sum / all
}

/// Round dots, one in each square of the size 1 or none: 1 in their middle, 0 outside. `share` of the squares have one.
pub(super) fn dots(x: f32, y: f32, share: f32) -> f32 {
    let (column, row) = (floor(x), floor(y));
    if random(column, row) > share {
        return 0.0;
    }
    let radius = 0.18 + 0.22 * random(row, column.wrapping_add(7));
    let place = |number: i32| {
        radius + (1.0 - 2.0 * radius) * random(column.wrapping_mul(5), row.wrapping_add(number))
    };
    let (right, down) = (x - column as f32 - place(31), y - row as f32 - place(57));
    (1.0 - (right * right + down * down) / (radius * radius)).max(0.0)
}

/// From 0 to 1, by a place of whole numbers (the last step of MurmurHash3, as far as the upper bits go).
pub(super) fn random(x: i32, y: i32) -> f32 {
    let mut hash = x.cast_unsigned().wrapping_mul(0x27d4_eb2d) ^ y.cast_unsigned().wrapping_mul(0x1656_67b1);
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    (hash >> 8) as f32 / 16_777_216.0
}

/// Without a call of the mathematical library, which costs more than all the rest.
fn floor(x: f32) -> i32 {
    let whole = x as i32;
    if (whole as f32) > x { whole.wrapping_sub(1) } else { whole }
}

fn eased(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}
