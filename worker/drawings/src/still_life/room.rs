//! The wall and the table.

use super::super::canvas::{Canvas, Colour, Row, mix, plus, smooth, times};
use super::super::noise::{layers, noise, random};
use super::{HEIGHT, WIDTH};

/// The row in which the table begins, and how steeply it is seen: rows for each pixel towards the viewer.
pub(super) const EDGE: f32 = 600.0;
pub(super) const TILT: f32 = 0.36;
/// The row in which it ends.
const FRONT: f32 = 1004.0;

/// In how many pixels nothing changes much: of the wall in both directions, of the boards along their grain.
const COARSE: usize = 4;

const PLASTER: Colour = [0.168, 0.163, 0.132];
const WOOD: [Colour; 2] = [[0.30, 0.155, 0.072], [0.135, 0.062, 0.028]];

/// The room without the things in it.
pub(super) fn room() -> Canvas {
    let coarse = |at: f32| at * COARSE as f32;
    let wide = WIDTH / COARSE + 2;
    let wall = Canvas::of(wide, EDGE as usize / COARSE + 2, |x, y| wall(coarse(x), coarse(y)));
    let top = Canvas::of(wide, (FRONT - EDGE) as usize, |x, y| top(coarse(x), y + EDGE));
    let (mut last, mut row) = (-1.0, Row::default());
    Canvas::of(WIDTH, HEIGHT, |x, y| {
        if y >= FRONT {
            return front(x, y);
        }
        if last < y {
            last = y;
            row = if y < EDGE { wall.row(y / COARSE as f32) } else { top.row(y - EDGE) };
        }
        row.at(x / COARSE as f32)
    })
}

/// The plaster, on which the light of the window falls.
fn wall(x: f32, y: f32) -> Colour {
    let (across, up) = ((x + y * 0.30 - 640.0) / 285.0, (y + x * 0.16 - 330.0) / 235.0);
    let pane = |at: f32| smooth(1.14, 0.86, at.abs()) * smooth(0.0, 0.10, at.abs() - 0.01);
    let (right, down) = ((x - 500.0) / 620.0, (y - 190.0) / 520.0);
    let glow = 0.72 / (1.0 + right * right + down * down * 0.8) + pane(across) * pane(up) * 0.40;
    let rough = layers(x / 210.0, y / 150.0, 4) - 0.5;
    let dark = 1.0 - 0.62 * smooth(EDGE - 70.0, EDGE + 6.0, y);
    times(plus(PLASTER, [1.0, 0.9, 0.72], rough * 0.045), (0.10 + glow * 1.35) * dark)
}

/// Boards that lie across, with their grain.
fn top(x: f32, y: f32) -> Colour {
    let (right, down) = ((x - 560.0) / 760.0, (y - 760.0) / 420.0);
    let glow = 1.0 / (1.0 + right * right * 0.9 + down * down * 0.6);
    let depth = (y - EDGE) / (FRONT - EDGE);
    let board = (depth * 1.35 + depth * depth * 1.65) * 1.34;
    let number = board as i32 as f32;
    let (place, within) = (x + number * 613.0, board - number);
    let bend = noise(place / 340.0, number * 7.0 + within * 1.5) * 3.4;
    let grain = layers(place / 150.0, within * 15.0 + bend + number * 31.0, 3);
    let line = noise(place / 46.0, within * 64.0 + bend * 5.0 + number * 11.0);
    let wood = mix(
        WOOD[0],
        WOOD[1],
        (grain * 1.15 + line * 0.45 - 0.30 + (random(number as i32, 5) - 0.5) * 0.3).clamp(0.0, 1.0),
    );
    let gap = smooth(0.0, 0.022, within) * smooth(1.0, 0.985, within);
    let sheen = smooth(0.55, 0.0, depth) * glow * 0.05;
    plus(times(wood, (0.16 + glow * 1.55) * (0.22 + 0.78 * gap)), [1.0, 0.93, 0.82], sheen)
}

/// The edge of the board, with a line of light on it.
fn front(x: f32, y: f32) -> Colour {
    let glow = 1.0 / (1.0 + ((x - 560.0) / 700.0).powi(2));
    let grain = layers(x / 170.0, y / 3.6, 3);
    let line = smooth(5.0, 0.0, y - FRONT) * 0.5;
    let face = mix(times(WOOD[0], 0.6), times(WOOD[1], 0.5), grain);
    times(plus(face, WOOD[0], line * 2.2), (0.10 + glow * 0.75) * (1.0 - smooth(0.0, 66.0, y - FRONT) * 0.75))
}
