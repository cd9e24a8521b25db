//! A card by which sharpness, colours and proportions are judged, without a word on it.

use std::f32::consts::PI;

use super::canvas::{Canvas, Colour, lerp, mix, rgb, smooth, times};

const WIDTH: usize = 1600;
const HEIGHT: usize = 1067;
/// Its middle, and the sides of its squares.
const MIDDLE: [f32; 2] = [800.0, 533.0];
const SQUARE: f32 = 66.0;
/// Of the large circle, and of the star in it.
const CIRCLE: f32 = 454.0;
const STAR: f32 = 228.0;

const GROUND: Colour = rgb(0x2e_3340);
const LINE: Colour = rgb(0xe9_e6de);

/// Colours at full strength and at three quarters.
const BARS: [Colour; 7] = [
    rgb(0xc8_c8c4),
    rgb(0xd9_c02c),
    rgb(0x2f_b8c0),
    rgb(0x3f_a84a),
    rgb(0xb8_48a8),
    rgb(0xc8_3a34),
    rgb(0x34_48b8),
];

/// Draws it.
pub(super) fn draw() -> Canvas {
    Canvas::of(WIDTH, HEIGHT, |x, y| {
        let (right, down) = (x - MIDDLE[0] + 0.5, y - MIDDLE[1] + 0.5);
        let away = (right * right + down * down).sqrt();
        let field = field(right, down, away);
        let ring = cover(2.0 - (away - CIRCLE).abs());
        let corner = corner(right, down);
        mix(field, LINE, ring.max(corner))
    })
}

/// From outside to inside: squares, then what is in the circle.
fn field(right: f32, down: f32, away: f32) -> Colour {
    if away > CIRCLE + 3.0 {
        return squares(right, down);
    }
    match (right.abs(), down) {
        _ if away < STAR + 12.0 => star(right, down, away),
        (_, down) if down < -252.0 => within(right, down, [-264.0, 264.0], [-363.0, -264.0], |at, _| bar(at)),
        (_, down) if down > 252.0 => within(right, down, [-264.0, 264.0], [264.0, 363.0], grey),
        (aside, _) if aside > 252.0 => {
            within(aside, down, [264.0, 396.0], [-222.0, 222.0], |across, along| {
                gratings(across, along, right > 0.0)
            })
        }
        _ => GROUND,
    }
}

fn squares(right: f32, down: f32) -> Colour {
    let off = |at: f32| (at / SQUARE - (at / SQUARE).round()).abs() * SQUARE;
    let line = cover(1.0 - off(right)).max(cover(1.0 - off(down)));
    let (column, row) = ((right / SQUARE).floor() as i32, (down / SQUARE).floor() as i32);
    let edge = right.abs() > 11.0 * SQUARE || down.abs() > 7.0 * SQUARE;
    // Squares by turns along the edge show what was cut off.
    let ground = match edge {
        true if (column + row).rem_euclid(2) == 0 => rgb(0xd8_d5cc),
        true => rgb(0x14_161d),
        false => GROUND,
    };
    mix(ground, times(LINE, 0.72), if edge { 0.0 } else { line * 0.8 })
}

/// Siemens' star: its rays are the finer the nearer its middle.
fn star(right: f32, down: f32, away: f32) -> Colour {
    const RAYS: f32 = 36.0;
    let angle = down.atan2(right);
    let width = away * 2.0 * PI / RAYS;
    let place = (angle * RAYS / (2.0 * PI)).rem_euclid(1.0);
    // How far from the nearest edge of a ray, in pixels.
    let edge = ((place - 0.5).abs() - 0.25) * width;
    let contrast = smooth(1.4, 3.0, width);
    let ray = lerp(0.5, cover(edge), contrast);
    let inside = mix(rgb(0x11_1318), rgb(0xf2_f0ea), ray);
    let target = mix(inside, rgb(0xe0_4a3c), cover(9.0 - away));
    mix(GROUND, target, cover(STAR - away)).map(|part| part + cover(2.0 - (away - STAR - 7.0).abs()) * 0.55)
}

/// A colour in a field, whose edges are lines; `paint` is given places from 0 to 1.
fn within(
    x: f32,
    y: f32,
    [left, right]: [f32; 2],
    [top, bottom]: [f32; 2],
    paint: impl Fn(f32, f32) -> Colour,
) -> Colour {
    let inside = (x - left).min(right - x).min(y - top).min(bottom - y);
    let painted =
        if inside > 0.0 { paint((x - left) / (right - left), (y - top) / (bottom - top)) } else { GROUND };
    mix(painted, LINE, cover(1.5 - (inside + 1.5).abs()))
}

fn bar(at: f32) -> Colour {
    let index = (at * BARS.len() as f32) as usize;
    BARS.get(index).or(BARS.last()).copied().unwrap_or(LINE)
}

/// Eleven steps from black to white above, the same without steps below.
fn grey(at: f32, down: f32) -> Colour {
    let step = ((at * 11.0) as i32).min(10) as f32 / 10.0;
    [if down < 0.5 { step } else { at }; 3]
}

/// Lines of one to six pixels, upright on the left and lying on the right.
fn gratings(across: f32, along: f32, lying: bool) -> Colour {
    const WIDTHS: [f32; 6] = [6.0, 4.0, 3.0, 2.0, 1.5, 1.0];
    let index = (along * WIDTHS.len() as f32) as usize;
    let wide = WIDTHS.get(index).or(WIDTHS.last()).copied().unwrap_or(1.0);
    let pixels = if lying { along * 444.0 } else { across * 132.0 };
    let place = pixels.rem_euclid(2.0 * wide);
    let light = cover(place.min(wide - place).max(place - 2.0 * wide));
    mix(rgb(0x16_181f), rgb(0xee_ebe4), light)
}

/// A slanted edge and arcs in each corner.
fn corner(right: f32, down: f32) -> f32 {
    let (x, y) = (10.0 * SQUARE - right.abs(), 6.0 * SQUARE - down.abs());
    let away = (x * x + y * y).sqrt();
    cover(1.5 - (away - SQUARE).abs()).max(cover(1.5 - (away - SQUARE * 0.5).abs()))
}

/// How much of a pixel is covered whose middle is so far inside.
fn cover(inside: f32) -> f32 {
    (inside + 0.5).clamp(0.0, 1.0)
}
