//! What fruit and glaze look like from near.

use super::super::canvas::{Colour, mix, plus, smooth};
use super::super::noise::{dots, layers, noise, random};
use super::light::Surface;
use super::turned::Skin;

/// A place of the noise that no other thing has.
fn own(skin: &Skin, scale: f32) -> [f32; 2] {
    let aside = skin.number as f32 * 13.7;
    [skin.map[0] * scale + aside, skin.map[1] * scale - aside]
}

pub(super) fn orange(skin: &Skin) -> Surface {
    let [x, y] = own(skin, 26.0);
    let pore = noise(x, y) - noise(x + 0.5, y + 0.5);
    let patch = layers(x * 0.09, y * 0.09, 2) - 0.5;
    let colour = mix([0.80, 0.27, 0.022], [0.86, 0.40, 0.05], patch + 0.5);
    let (right, up) = (skin.map[0] - 0.10, skin.map[1] + 0.50);
    let stem = smooth(0.085, 0.055, (right * right + up * up).sqrt() + patch * 0.08);
    let colour = mix(plus(colour, [0.5, 0.32, 0.08], pore * 0.34), [0.13, 0.14, 0.03], stem);
    Surface { colour, clear: 0.10, shine: 0.30 + pore * 0.5, sharp: 1.5 }
}

pub(super) fn lemon(skin: &Skin) -> Surface {
    let [x, y] = own(skin, 24.0);
    let pore = noise(x, y) - noise(x + 0.5, y + 0.5);
    let green = smooth(0.62, 1.0, skin.along.abs()) * 0.55;
    let colour = mix([0.88, 0.62, 0.045], [0.55, 0.50, 0.06], green);
    Surface {
        colour: plus(colour, [0.5, 0.4, 0.1], pore * 0.3),
        clear: 0.14,
        shine: 0.34 + pore * 0.5,
        sharp: 1.6,
    }
}

pub(super) fn apple(skin: &Skin) -> Surface {
    let turn = skin.around * (1.0 + 0.3 * skin.around * skin.around) * 2.0 + skin.number as f32;
    let streak = layers(turn * 12.0, skin.along * 1.4 + 3.0, 3);
    let patch = layers(turn * 1.1 + 2.0, skin.along * 1.1 + 8.0, 2);
    let red = smooth(0.28, 0.72, streak * 0.42 + patch * 0.55 + 0.12 - skin.along.max(0.0) * 0.12);
    let colour = mix([0.72, 0.50, 0.09], [0.50, 0.018, 0.022], red);
    let [x, y] = own(skin, 15.0);
    let dot = dots(x, y, 0.5).sqrt() * 0.4;
    let hollow = smooth(-0.55, -0.98, skin.along);
    let colour = mix(mix(colour, [0.80, 0.62, 0.34], dot), [0.38, 0.34, 0.07], hollow * 0.8);
    Surface { colour, clear: 0.06, shine: 0.62, sharp: 3.4 }
}

pub(super) fn pear(skin: &Skin) -> Surface {
    let turn = skin.around * (1.0 + 0.3 * skin.around * skin.around);
    let (x, y) = (turn * 17.0, skin.along * 26.0);
    let speck = dots(x, y, 0.55).sqrt() * 0.5;
    let blush = smooth(-0.2, 0.9, skin.around + layers(x * 0.14, y * 0.14, 3) - 0.55);
    let rust =
        smooth(0.52, 0.74, layers(x * 0.24 + 5.0, y * 0.24, 3) + smooth(-0.55, -1.0, skin.along) * 0.25);
    let green = mix([0.55, 0.52, 0.085], [0.66, 0.30, 0.06], blush * 0.75);
    let colour = mix(mix(green, [0.42, 0.26, 0.09], rust * 0.5), [0.26, 0.17, 0.06], speck);
    Surface { colour, clear: 0.08, shine: 0.26, sharp: 1.9 }
}

pub(super) fn grape(skin: &Skin) -> Surface {
    let number = skin.number as i32;
    let [x, y] = own(skin, 2.6);
    let bloom = smooth(0.36, 0.72, layers(x, y, 3));
    let own: Colour = mix([0.105, 0.018, 0.075], [0.17, 0.022, 0.055], random(number, 3));
    let colour = mix(own, [0.25, 0.23, 0.36], bloom * 0.42);
    Surface { colour, clear: 0.34, shine: 0.60 - bloom * 0.28, sharp: 3.6 - bloom * 1.6 }
}

/// White glaze with a painted band of blue leaves.
pub(super) fn glaze(skin: &Skin) -> Surface {
    let turn = skin.around.clamp(-1.0, 1.0).asin();
    let ring = |at: f32, half: f32| smooth(half + 0.006, half, (skin.along - at).abs());
    let rings = ring(-0.50, 0.010)
        .max(ring(-0.46, 0.004))
        .max(ring(0.62, 0.012))
        .max(ring(0.67, 0.004))
        .max(ring(-0.02, 0.005));
    let (wave, place) = ((turn * 5.0).sin(), (turn * 5.0 / std::f32::consts::PI).rem_euclid(1.0) - 0.5);
    let vine = smooth(0.018, 0.010, (skin.along - 0.29 - wave * 0.10).abs());
    let leaf = |at: f32, side: f32| {
        let (across, up) = (place - at, (skin.along - 0.29 - side) * 2.2);
        let (long, thin) = (across * 0.8 + up * 0.6, up * 0.8 - across * 0.6);
        smooth(1.0, 0.82, ((long / 0.24).powi(2) + (thin / 0.10).powi(2)).sqrt())
    };
    let leaves = leaf(-0.18, 0.14).max(leaf(0.22, -0.16)).max(leaf(0.02, 0.02));
    let painted = rings.max(vine).max(leaves);
    let flow = 0.72 + 0.28 * layers(turn * 6.0, skin.along * 11.0, 2);
    let white = plus([0.70, 0.70, 0.665], [1.0; 3], (layers(turn * 3.0, skin.along * 3.0, 2) - 0.5) * 0.05);
    let crackle = smooth(0.03, 0.0, (noise(turn * 21.0, skin.along * 26.0) - 0.5).abs()) * 0.10;
    let colour = mix(plus(white, [0.5, 0.6, 0.8], -crackle * 0.2), [0.035, 0.075, 0.30], painted * flow);
    Surface { colour, clear: 0.0, shine: 0.62, sharp: 7.0 }
}
