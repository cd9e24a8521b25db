//! What of the jug no lathe turns: its handle and its mouth.

use super::super::canvas::{Canvas, mix, plus, smooth, times};
use super::light::{Spot, Surface, seen};
use super::things::JUG;
use super::turned::{SAG, Turned};

/// The handle, behind it on the left.
pub(super) fn handle(picture: &mut Canvas) {
    let [x, y] = [JUG[0] - 112.0, JUG[1] - 304.0];
    let [wide, high] = [92.0, 112.0];
    picture.change(
        [x - wide - 30.0, x + wide + 30.0],
        [y - high - 30.0, y + high + 30.0],
        |column, row, behind| {
            let (right, down) = ((column - x) / wide, (row - y) / high);
            let round = (right * right + down * down).sqrt().max(0.01);
            let thick = 17.0 + 5.0 * down;
            // How far from the middle line of the handle: of its half width.
            let from = (round - 1.0) * (wide * wide * right * right + high * high * down * down).sqrt()
                / round
                / thick;
            let cover = ((1.0 - from.abs()) * thick + 0.5).clamp(0.0, 1.0);
            if cover <= 0.0 || round < 0.5 {
                return behind;
            }
            let front = (1.0 - from * from).max(0.0).sqrt();
            let normal = [right / round * from, down / round * from, front];
            let spot = Spot { place: [column, row, front], normal, open: 0.9 };
            let surface = Surface { colour: [0.68, 0.68, 0.645], clear: 0.0, shine: 0.8, sharp: 5.0 };
            mix(behind, seen(&spot, &surface, &[]), cover)
        },
    );
}

/// The mouth, over its upper end: a rim with the dark in it.
pub(super) fn mouth(picture: &mut Canvas, jug: &Turned) {
    let ([x, middle], [upper, _]) = (jug.middle(), jug.outline.ends());
    let (y, wide) = (middle - jug.long, upper * jug.wide + 2.0);
    let high = wide * SAG;
    picture.change(
        [x - wide - 8.0, x + wide + 8.0],
        [y - high - 8.0, y + high + 8.0],
        |column, row, behind| {
            let round = |less: f32| {
                let (right, down) = ((column - x) / (wide - less), (row - y) / (high - less * 0.55));
                let away = (right * right + down * down).sqrt();
                ((1.0 - away) * (high - less * 0.5) * 1.6 + 0.5).clamp(0.0, 1.0)
            };
            let (right, down) = ((column - x) / wide, (row - y) / high);
            let rim = plus(
                [0.95, 0.92, 0.84],
                [1.0, 0.95, 0.85],
                smooth(0.3, -1.0, right + down * 0.3) * 0.9 - 0.45 * smooth(-0.4, 1.0, right),
            );
            let inside =
                times([0.62, 0.58, 0.5], 0.10 + 0.75 * smooth(-0.55, 1.0, right) * smooth(0.9, -0.7, down));
            mix(mix(behind, rim, round(0.0)), inside, round(9.0))
        },
    );
}
