//! What lies and stands on the table, from the back to the front.

use std::f32::consts::PI;

use super::super::canvas::{Canvas, Colour};
use super::super::shape::{Point, Shape};
use super::outline::Outline;
use super::skin::{apple, glaze, grape, lemon, orange, pear};
use super::turned::Turned;

/// Where the jug stands.
pub(super) const JUG: [f32; 2] = [520.0, 772.0];

/// Radii from the upper end to the lower.
const OF_JUG: [f32; 14] =
    [0.52, 0.485, 0.47, 0.475, 0.52, 0.62, 0.76, 0.89, 0.975, 1.0, 0.965, 0.87, 0.72, 0.56];
const OF_PEAR: [f32; 15] =
    [0.0, 0.27, 0.34, 0.39, 0.45, 0.54, 0.66, 0.79, 0.90, 0.97, 1.0, 0.97, 0.87, 0.64, 0.0];
const OF_APPLE: [f32; 11] = [0.0, 0.66, 0.85, 0.955, 1.0, 0.995, 0.96, 0.895, 0.79, 0.61, 0.0];
const OF_LEMON: [f32; 15] =
    [0.0, 0.25, 0.57, 0.76, 0.88, 0.955, 0.99, 1.0, 0.985, 0.945, 0.87, 0.75, 0.55, 0.22, 0.0];

/// Where grapes lie: right of and above the first, and how large.
const GRAPES: [(f32, f32, f32); 21] = [
    (-78.0, 86.0, 33.0),
    (-22.0, 104.0, 34.0),
    (36.0, 88.0, 33.0),
    (84.0, 66.0, 31.0),
    (-112.0, 44.0, 33.0),
    (-52.0, 60.0, 36.0),
    (8.0, 64.0, 36.0),
    (58.0, 44.0, 34.0),
    (118.0, 34.0, 32.0),
    (164.0, 12.0, 30.0),
    (-88.0, 18.0, 35.0),
    (-24.0, 26.0, 37.0),
    (34.0, 18.0, 36.0),
    (92.0, 8.0, 34.0),
    (-130.0, -4.0, 32.0),
    (144.0, -14.0, 31.0),
    (208.0, -10.0, 27.0),
    (-58.0, -16.0, 35.0),
    (4.0, -20.0, 36.0),
    (64.0, -26.0, 33.0),
    (-100.0, -34.0, 31.0),
];

/// Which of the things is the jug, and which is the first grape.
pub(super) const JUG_AT: usize = 0;
pub(super) const GRAPES_FROM: usize = 6;

/// Stems, behind the grapes and before everything else.
pub(super) fn stems(picture: &mut Canvas) {
    let wood: Colour = [0.13, 0.075, 0.03];
    for (points, half) in [
        (&[[815.0, 492.0], [822.0, 470.0], [838.0, 446.0]][..], 4.2),
        (&[[664.0, 690.0], [667.0, 668.0], [680.0, 646.0]], 3.8),
        (&[[880.0, 818.0], [858.0, 776.0], [828.0, 756.0], [802.0, 752.0]], 3.4),
    ] {
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            picture.paint(&Shape::Line([*from, *to], half), wood);
            let lit = |[x, y]: &Point| [x - half * 0.4, y - half * 0.3];
            picture.paint(&Shape::Line([lit(from), lit(to)], half * 0.36), [0.55, 0.38, 0.20]);
        }
    }
}

pub(super) fn things() -> Vec<Turned> {
    let round = |foot, wide, skin| Turned {
        foot,
        long: wide,
        wide,
        lean: 0.0,
        outline: Outline::ball(),
        skin,
        shadow: 1.0,
        lifted: 0.0,
    };
    let mut things = vec![
        Turned { long: 238.0, outline: Outline::through(&OF_JUG), ..round(JUG, 152.0, glaze) },
        Turned { long: 104.0, ..round([1168.0, 742.0], 108.0, orange) },
        Turned {
            long: 150.0,
            lean: 0.10,
            outline: Outline::through(&OF_PEAR),
            ..round([800.0, 772.0], 100.0, pear)
        },
        Turned { long: 109.0, lean: 0.45, ..round([1002.0, 800.0], 113.0, orange) },
        Turned {
            long: 94.0,
            lean: -0.12,
            outline: Outline::through(&OF_APPLE),
            ..round([672.0, 868.0], 108.0, apple)
        },
        Turned {
            long: 122.0,
            lean: PI * 0.42,
            outline: Outline::through(&OF_LEMON),
            ..round([1248.0, 884.0], 82.0, lemon)
        },
    ];
    let cluster = [892.0, 930.0];
    things.extend(GRAPES.iter().enumerate().map(|(number, (right, up, wide))| Turned {
        shadow: if number == 11 {
            3.0
        } else if up < &0.0 {
            1.1
        } else {
            0.0
        },
        lifted: up.max(0.0) * 0.62,
        ..round([cluster[0] + right, cluster[1] - up * 0.38 + 12.0], *wide, grape)
    }));
    things
}
