//! Sailing boats, with what the water shows of them.

use super::super::canvas::{Canvas, Colour, mix, rgb, smooth};
use super::super::noise::noise;
use super::super::shape::{Point, Shape};

/// A part of a boat, by its corners: how far right of and above the middle of its water line.
struct Part {
    points: &'static [Point],
    /// Half of the width, where it is a line.
    half: Option<f32>,
    /// On the left and on the right: the sun is there.
    colours: [Colour; 2],
}

/// From the back to the front.
const PARTS: [Part; 13] = [
    line(&[[-93.0, 27.0], [-7.0, 238.0]], 0.5, 0x3b_3350),
    line(&[[84.0, 24.0], [-5.0, 250.0]], 0.45, 0x3b_3350),
    // The sails, through which the light falls.
    area(
        &[[-9.0, 226.0], [-15.0, 44.0], [-50.0, 36.0], [-88.0, 31.0], [-56.0, 116.0]],
        [0xa8_6a7c, 0xf0_b08a],
    ),
    line(&[[-9.0, 226.0], [-88.0, 31.0]], 0.6, 0x7a_4f68),
    area(&[[-3.0, 246.0], [22.0, 204.0], [54.0, 128.0], [82.0, 47.0], [-3.0, 51.0]], [0xd0_8c84, 0xff_cf9a]),
    line(&[[-3.0, 200.0], [25.0, 197.0]], 0.4, 0xb8_7c7c),
    line(&[[-3.0, 150.0], [45.0, 147.0]], 0.4, 0xb8_7c7c),
    line(&[[-3.0, 100.0], [64.0, 97.0]], 0.4, 0xb8_7c7c),
    line(&[[-5.0, 252.0], [-5.0, 24.0]], 1.5, 0x2b_2340),
    line(&[[-5.0, 47.0], [86.0, 43.0]], 1.3, 0x2b_2340),
    area(&[[-22.0, 38.0], [30.0, 38.0], [40.0, 22.0], [-34.0, 22.0]], [0x4c_4364, 0xd6_9a86]),
    area(&[[-98.0, 30.0], [86.0, 23.0], [78.0, -3.0], [-66.0, -4.0], [-84.0, 8.0]], [0x1e_1c38, 0x5d_3d50]),
    line(&[[-96.0, 26.0], [86.0, 19.5]], 0.9, 0xd9_a08c),
];

const fn line(points: &'static [Point], half: f32, colour: u32) -> Part {
    Part { points, half: Some(half), colours: [rgb(colour); 2] }
}

const fn area(points: &'static [Point], [left, right]: [u32; 2]) -> Part {
    Part { points, half: None, colours: [rgb(left), rgb(right)] }
}

/// Draws one at a place of the water, so many times as large.
pub(super) fn at(picture: &mut Canvas, place: Point, size: f32) {
    for part in &PARTS {
        reflect(picture, part, place, size);
    }
    for part in &PARTS {
        let shape = part.shape(place, size, -1.0);
        picture.shade(&shape, |x, _, below, cover| mix(below, part.colour((x - place[0]) / size), cover));
    }
}

/// Its mirror image, which waves move and the water darkens.
fn reflect(picture: &mut Canvas, part: &Part, place: Point, size: f32) {
    let mirrored = part.shape(place, size, 0.86);
    let (columns, rows) = mirrored.bounds();
    let room = 14.0 * size;
    picture.change(
        [columns[0] - room, columns[1] + room],
        [rows[0].max(place[1] - 3.0 * size), rows[1] + room],
        |x, y, below| {
            let down = (y - place[1]) / size;
            let wave = noise((x - place[0]) / size / 46.0 + 7.0, (down + 30.0).ln() * 17.0) - 0.5;
            let cover = mirrored.covers(x + wave * (5.0 + down * 0.09) * size, y + wave * 9.0 * size);
            let strength = 0.72 - 0.42 * smooth(0.0, 230.0, down);
            let colour = mix(part.colour((x - place[0]) / size), rgb(0x1c_2348), 0.34);
            mix(below, colour, cover * strength)
        },
    );
}

impl Part {
    /// Where it is in the picture; `upwards` is -1, and 1 or less for what is mirrored.
    fn shape(&self, [x, y]: Point, size: f32, upwards: f32) -> Shape {
        let place = |[right, up]: &Point| [x + right * size, y + up * size * upwards];
        match self.half {
            Some(half) => Shape::Line(self.ends().map(|end| place(&end)), (half * size).max(0.45)),
            None if upwards < 0.0 => Shape::Convex(self.points.iter().map(place).collect()),
            None => Shape::Convex(self.points.iter().rev().map(place).collect()),
        }
    }

    fn ends(&self) -> [Point; 2] {
        [self.points.first().copied().unwrap_or_default(), self.points.last().copied().unwrap_or_default()]
    }

    fn colour(&self, right: f32) -> Colour {
        mix(self.colours[0], self.colours[1], smooth(-80.0, 80.0, right))
    }
}
