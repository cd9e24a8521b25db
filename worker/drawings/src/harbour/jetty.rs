//! A jetty that comes in from the left, near.

use super::super::canvas::{Canvas, Colour, mix, plus, rgb, smooth};
use super::super::noise::noise;
use super::super::shape::Shape;

const WOOD: Colour = rgb(0x1a_1730);
/// Its posts from the nearest to the farthest: column and row of the foot, and how much of it is seen.
const POSTS: [[f32; 3]; 5] = [
    [118.0, 968.0, 92.0],
    [252.0, 944.0, 78.0],
    [366.0, 924.0, 66.0],
    [464.0, 907.0, 58.0],
    [548.0, 892.0, 52.0],
];

/// Draws it, and what the water shows of it.
pub(super) fn jetty(picture: &mut Canvas) {
    POSTS.into_iter().for_each(|post| reflection(picture, post));
    deck(picture);
    POSTS.into_iter().for_each(|standing| post(picture, standing));
}

fn reflection(picture: &mut Canvas, [x, foot, height]: [f32; 3]) {
    let half = height * 0.1;
    let shape = Shape::rectangle([x - half, x + half], [foot, foot + height * 1.5]);
    picture.shade(&shape, |column, row, below, cover| {
        let sway = noise(column / 9.0, row / 3.5);
        let strength = (0.85 - sway * 0.7) * (1.0 - (row - foot) / (height * 1.55));
        mix(below, mix(WOOD, rgb(0x1c_2140), 0.5), cover * strength)
    });
}

fn deck(picture: &mut Canvas) {
    let under = Shape::Convex(vec![[-2.0, 936.0], [566.0, 872.0], [566.0, 884.0], [-2.0, 966.0]]);
    picture.paint(&under, rgb(0x12_1024));
    let deck = Shape::Convex(vec![[-2.0, 898.0], [500.0, 858.0], [572.0, 868.0], [-2.0, 938.0]]);
    picture.shade(&deck, |column, row, below, cover| {
        let plank = (noise((column * 0.96 + row * 0.9) / 11.0, 3.0) - 0.5) * 0.07;
        let gap = smooth(0.0, 1.6, ((column * 0.985 - row * 1.2).rem_euclid(17.0) - 1.0).abs());
        let shine = smooth(0.0, 560.0, column) * 0.34;
        let top = plus(mix(rgb(0x2a_2340), rgb(0x9a_6468), shine), [1.0; 3], plank);
        mix(below, mix(WOOD, top, 0.25 + gap * 0.75), cover)
    });
}

fn post(picture: &mut Canvas, [x, foot, height]: [f32; 3]) {
    let (half, top) = (height * 0.1, foot - height * 1.25);
    picture.shade(&Shape::rectangle([x - half, x + half], [top, foot]), |column, row, below, cover| {
        let side = smooth(x + half * 0.1, x + half, column);
        let grain = (noise(column / 1.7, row / 22.0) - 0.5) * 0.05;
        let wet = smooth(foot - height * 0.3, foot, row);
        let lit = plus(mix(WOOD, rgb(0xb8_7464), side * 0.75), [1.0; 3], grain);
        mix(below, mix(lit, rgb(0x0d_0c1c), wet * 0.7), cover)
    });
    picture.paint(&Shape::Line([[x - half + 1.0, top], [x + half - 1.0, top]], 2.2), rgb(0x6b_4a5c));
}
