//! A landscape, drawn in whole numbers alone, so that it has the same samples on every machine.

use image::{Rgba, RgbaImage};

/// Sky, sun, hills and water with a few thin posts: what is smooth, what has edges, what has grain.
pub(super) fn landscape(width: u32, height: u32) -> RgbaImage {
    // In thousandths of the sides, whatever they are.
    RgbaImage::from_fn(width, height, |x, y| {
        let (across, down) =
            (i64::from(x) * 1000 / i64::from(width), i64::from(y) * 1000 / i64::from(height));
        let [red, green, blue] = colour(across, down).map(|sample| sample.clamp(0, 255));
        Rgba([red, green, blue, 255].map(|sample| u8::try_from(sample).unwrap_or(u8::MAX)))
    })
}

/// The same, clearer towards the corners until nothing is left of it.
pub(super) fn clearing_landscape(width: u32, height: u32) -> RgbaImage {
    let mut picture = landscape(width, height);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let from_middle =
            |at: u32, side: u32| (i64::from(at) * 2 + 1 - i64::from(side)) * 1000 / i64::from(side);
        let (across, down) = (from_middle(x, width), from_middle(y, height));
        let left = (1_300_000 - across * across - down * down).clamp(0, 1_000_000) * 255 / 1_000_000;
        pixel.0[3] = u8::try_from(left).unwrap_or(u8::MAX);
    }
    picture
}

const SUN: (i64, i64) = (690, 290);

fn colour(across: i64, down: i64) -> [i64; 3] {
    let (east, south) = (across - SUN.0, down - SUN.1);
    let from_sun = east * east + south * south;
    if across % 250 < 12 && (560..900).contains(&down) {
        return [52, 38, 30];
    }
    if down > 720 {
        let wave = saw(down * 9 + across / 3, 200) / 5;
        return [40 + wave, 84 + wave, 118 + wave + (down - 720) / 8];
    }
    let hill = 560 + saw(across, 620) / 4 - saw(across + 90, 210) / 3;
    if down > hill {
        let grain = grain(across, down);
        return [58 + grain + (down - hill) / 5, 96 + grain, 44 + grain / 2];
    }
    let glow = (90_000 - from_sun).max(0) / 800;
    if from_sun < 9_000 {
        return [255, 236, 170];
    }
    [70 + down / 5 + glow, 110 + down / 6 + glow / 2, 190 - down / 9]
}

/// Up and down between 0 and half of `length`.
fn saw(at: i64, length: i64) -> i64 {
    let place = at.rem_euclid(length);
    place.min(length - place)
}

/// Between -14 and 14, another value for each small square.
fn grain(across: i64, down: i64) -> i64 {
    let mut hash = u64::try_from((across / 7) * 4099 + down / 7).unwrap_or_default();
    hash = (hash ^ (hash >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    i64::try_from((hash >> 40) % 29).unwrap_or_default() - 14
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// If another one is drawn, the goldens are to be made anew (`cargo xtask goldens`).
    #[test]
    fn what_is_drawn_is_what_the_goldens_show() {
        let digest = Sha256::digest(clearing_landscape(48, 36).as_raw());
        assert_eq!(hex::encode(digest), "c3a74b8a1b4fe48618d8e275b7ce1af5169455fdb2e8bd2d0e2d473ae5ef0ca6");
    }
}
