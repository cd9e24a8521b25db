//! A harbour at dusk.

mod boat;
mod hills;
mod jetty;
mod sky;
mod town;
mod water;

use super::canvas::Canvas;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1067;
/// The row in which water and sky meet.
const HORIZON: f32 = 612.0;
/// Where the sun is.
const SUN: [f32; 2] = [1012.0, 556.0];

/// Draws it.
pub(super) fn draw() -> Canvas {
    let mut above = sky::sky();
    hills::hills(&mut above);
    town::town(&mut above);
    let mut picture = water::below(&above);
    boat::at(&mut picture, [742.0, 652.0], 0.34);
    boat::at(&mut picture, [1236.0, 772.0], 1.18);
    jetty::jetty(&mut picture);
    sky::gulls(&mut picture);
    picture
}
