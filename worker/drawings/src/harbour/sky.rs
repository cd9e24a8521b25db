//! The sky of the harbour.

use super::super::canvas::{Canvas, Colour, Row, lerp, mix, plus, rgb, smooth};
use super::super::noise::layers;
use super::super::shape::Shape;
use super::{HORIZON, SUN, WIDTH};

/// Colours from the top to the horizon, by how far down they are.
const COLOURS: [(f32, Colour); 7] = [
    (0.0, rgb(0x1d_2a56)),
    (0.28, rgb(0x3f_4680)),
    (0.5, rgb(0x7d_5a8e)),
    (0.68, rgb(0xc0_6f86)),
    (0.82, rgb(0xe8_8d72)),
    (0.93, rgb(0xf8_b671)),
    (1.0, rgb(0xff_d79a)),
];
/// Each side of a pixel of the clouds, in pixels.
const COARSE: usize = 4;

/// Everything above the horizon, with sun and clouds.
pub(super) fn sky() -> Canvas {
    let clouds = clouds();
    let (mut row, mut colour, mut behind) = (-1.0, Colour::default(), Row::default());
    Canvas::of(WIDTH, HORIZON as usize, |x, y| {
        if row < y {
            (row, colour, behind) = (y, gradient(y / HORIZON), clouds.row(y / COARSE as f32));
        }
        let (right, down) = (x - SUN[0], (y - SUN[1]) * 1.25);
        let away = (right * right + down * down).sqrt();
        let glow = 1.0 / (1.0 + away * away / 26_000.0);
        let mut seen = plus(colour, rgb(0xff_9a48), glow * 0.32);
        let [thick, lit, _] = behind.at(x / COARSE as f32);
        if thick > 0.0 {
            let shadow = mix(rgb(0x54_4a78), rgb(0xb0_6878), glow + y / HORIZON * 0.5);
            let light = mix(rgb(0xd9_8a9c), rgb(0xff_c586), (glow * 1.6 + 0.25).min(1.0));
            seen = mix(seen, mix(shadow, light, lit), thick);
        }
        let [right, down] = [x - SUN[0], y - SUN[1]];
        let disc = (right * right + down * down).sqrt();
        let seen = plus(seen, rgb(0xff_d08a), 0.55 / (1.0 + (disc / 46.0).powi(2)));
        mix(seen, rgb(0xff_f6d8), 1.0 - smooth(31.0, 35.0, disc))
    })
}

fn gradient(down: f32) -> Colour {
    let pairs = COLOURS.iter().zip(COLOURS.iter().skip(1));
    let between = pairs.into_iter().find(|(_, (end, _))| down <= *end);
    between
        .map_or(rgb(0xff_d79a), |((start, from), (end, to))| mix(*from, *to, (down - start) / (end - start)))
}

/// How thick the clouds are, and how much light they have: coarse, because they have no edges.
fn clouds() -> Canvas {
    let (width, height) = (WIDTH / COARSE + 2, HORIZON as usize / COARSE + 2);
    Canvas::of(width, height, |x, y| {
        let (x, y) = (x * COARSE as f32, y * COARSE as f32);
        // A ceiling of clouds, far away at the horizon.
        let near = (HORIZON + 70.0 - y) / HORIZON;
        let (across, away) = ((x - 640.0) / 620.0 / near, 2.1 / near);
        let warped = across + away * 0.35;
        let density = |shift: f32| layers(warped * 1.1 + 4.0, (away + shift) * 2.3 + 9.0, 6);
        let here = density(0.0);
        let thick = smooth(0.5, 0.78, here + near * 0.03) * lerp(0.55, 0.9, near).min(0.9);
        let towards = here - density(0.14 * near);
        let lit = (0.55 + towards * 5.0 - (here - 0.5).max(0.0) * 1.2).clamp(0.0, 1.0);
        [thick * smooth(0.06, 0.2, near), lit, 0.0]
    })
}

/// Where gulls fly, and how wide.
const GULLS: [(f32, f32, f32); 7] = [
    (420.0, 250.0, 15.0),
    (462.0, 228.0, 11.0),
    (498.0, 262.0, 9.0),
    (846.0, 330.0, 9.0),
    (880.0, 318.0, 7.0),
    (1330.0, 212.0, 12.0),
    (1364.0, 236.0, 8.0),
];

pub(super) fn gulls(picture: &mut Canvas) {
    for (x, y, wing) in GULLS {
        let tilt = wing * 0.12;
        let points = [
            [x - wing, y - wing * 0.1 + tilt],
            [x - wing * 0.45, y - wing * 0.42 + tilt * 0.5],
            [x, y],
            [x + wing * 0.45, y - wing * 0.46 - tilt * 0.5],
            [x + wing, y - wing * 0.16 - tilt],
        ];
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            picture.paint(&Shape::Line([*from, *to], wing * 0.05 + 0.25), rgb(0x2a_2746));
        }
    }
}
