//! The town on the left shore.

use super::super::canvas::{Canvas, mix, plus, rgb, smooth};
use super::super::noise::random;
use super::super::shape::Shape;
use super::HORIZON;

/// Houses, a church among them, and a lighthouse at the end.
pub(super) fn town(above: &mut Canvas) {
    let shore = Shape::Convex(vec![
        [-2.0, HORIZON - 30.0],
        [470.0, HORIZON - 16.0],
        [668.0, HORIZON - 5.0],
        [690.0, HORIZON + 2.0],
        [-2.0, HORIZON + 2.0],
    ]);
    above.paint(&shore, rgb(0x1f_1f3a));
    for row in 0..3 {
        let mut x = -14.0;
        for number in 0..40 {
            let chance = |what| random(number, row * 10 + what);
            let (width, height) = (24.0 + 22.0 * chance(1), 20.0 + 15.0 * chance(2));
            // The town climbs a slope, which falls to the lighthouse.
            let ground = HORIZON - 8.0 - (2 - row) as f32 * 21.0 * (1.0 - x / 620.0);
            if x + width > 430.0 + row as f32 * 50.0 {
                break;
            }
            house(above, [x, x + width], [ground - height, ground + 12.0], row, number);
            x += width - 1.0 + 22.0 * (chance(3) - 0.45).max(0.0);
        }
    }
    church(above, [286.0, HORIZON - 30.0]);
    lighthouse(above, [640.0, HORIZON - 6.0]);
}

fn house(above: &mut Canvas, [left, right]: [f32; 2], [top, bottom]: [f32; 2], row: i32, number: i32) {
    let wall = mix(rgb(0x3a_3156), rgb(0x55_3f5e), random(number, 91 + row));
    // What is farther has more of the evening before it.
    let wall = mix(wall, rgb(0x6a_5076), 0.45 - row as f32 * 0.2);
    let (middle, gable) = ((left + right) / 2.0, top - (right - left) * (0.3 + 0.2 * random(number, 17)));
    above.paint(&Shape::rectangle([left, right], [top, bottom]), wall);
    let lit = Shape::rectangle([right - 1.6, right], [top, bottom]);
    above.paint(&lit, mix(wall, rgb(0xd0_8a72), 0.55));
    let roof = Shape::Convex(vec![[middle, gable], [right + 2.0, top + 1.0], [left - 2.0, top + 1.0]]);
    above.paint(&roof, mix(wall, rgb(0x6d_3d4a), 0.55));
    let (columns, floors) = (((right - left) / 6.5) as i32, ((bottom - top - 12.0) / 10.0) as i32);
    for (column, floor) in (0..columns).flat_map(|column| (0..floors).map(move |floor| (column, floor))) {
        let chance = random(number * 13 + column, floor * 7 + row * 3);
        if chance > 0.56 {
            let x = left + 3.4 + column as f32 * 6.3;
            let y = top + 4.0 + floor as f32 * 10.0;
            let light = mix(rgb(0xff_a95a), rgb(0xff_e2a6), (chance - 0.56) * 2.0);
            above.paint(&Shape::rectangle([x, x + 2.6], [y, y + 3.8]), light);
        }
    }
}

fn church(above: &mut Canvas, [x, y]: [f32; 2]) {
    let (stone, glow) = (rgb(0x33_2c50), rgb(0x9c_6a6c));
    let nave = vec![[x - 54.0, y - 40.0], [x - 10.0, y - 40.0], [x - 10.0, y], [x - 60.0, y]];
    let roof = vec![[x - 50.0, y - 58.0], [x - 10.0, y - 58.0], [x - 8.0, y - 38.0], [x - 62.0, y - 38.0]];
    let spire = vec![[x, y - 152.0], [x + 13.0, y - 85.0], [x - 13.0, y - 85.0]];
    for (shape, colour) in [
        (Shape::rectangle([x - 11.0, x + 11.0], [y - 86.0, y]), stone),
        (Shape::rectangle([x + 8.6, x + 11.0], [y - 86.0, y]), glow),
        (Shape::Convex(spire), rgb(0x2a_2646)),
        (Shape::Line([[x, y - 150.0], [x, y - 164.0]], 0.7), stone),
        (Shape::rectangle([x - 2.2, x + 2.2], [y - 74.0, y - 64.0]), rgb(0xff_c57a)),
        (Shape::Convex(nave), rgb(0x36_2e52)),
        (Shape::Convex(roof), rgb(0x4d_3550)),
    ] {
        above.paint(&shape, colour);
    }
}

fn lighthouse(above: &mut Canvas, [x, y]: [f32; 2]) {
    let rocks = Shape::Convex(vec![
        [x - 34.0, y - 6.0],
        [x - 8.0, y - 13.0],
        [x + 22.0, y - 9.0],
        [x + 52.0, y + 8.0],
        [x - 50.0, y + 8.0],
    ]);
    above.paint(&rocks, rgb(0x1d_1c35));
    let tower = Shape::Convex(vec![
        [x - 6.5, y - 104.0],
        [x + 6.5, y - 104.0],
        [x + 11.0, y - 8.0],
        [x - 11.0, y - 8.0],
    ]);
    above.shade(&tower, |column, row, below, cover| {
        let side = smooth(x - 9.0, x + 10.0, column);
        let band = ((y - row) / 24.0) as i32 % 2 == 1;
        let paint = if band { [rgb(0x5a_2b40), rgb(0xb8_5148)] } else { [rgb(0x6f_6685), rgb(0xf2_c3a2)] };
        mix(below, mix(paint[0], paint[1], side), cover)
    });
    above.paint(&Shape::rectangle([x - 10.0, x + 10.0], [y - 107.0, y - 103.0]), rgb(0x2a_2644));
    above.paint(&Shape::rectangle([x - 5.0, x + 5.0], [y - 119.0, y - 107.0]), rgb(0xff_ecb8));
    above.paint(
        &Shape::Convex(vec![[x, y - 129.0], [x + 7.5, y - 118.5], [x - 7.5, y - 118.5]]),
        rgb(0x33_2440),
    );
    let lamp = [x, y - 113.0];
    above.change([x - 160.0, x + 160.0], [y - 200.0, y], |column, row, below| {
        let (right, down) = ((column - lamp[0]) / 2.4, row - lamp[1]);
        plus(below, rgb(0xff_d48c), 0.5 / (1.0 + (right * right + down * down) / 40.0))
    });
}
