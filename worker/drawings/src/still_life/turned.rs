//! Things as a lathe turns them: fruit and pots are.

use super::super::canvas::{Canvas, mix, smooth, times};
use super::light::{Ball, Light, Spot, Surface, seen};
use super::outline::Outline;
use super::room::{EDGE, TILT};

/// How far a circle around it is seen from above: its height, of its width.
pub(super) const SAG: f32 = 0.25;

/// A turned thing.
pub(super) struct Turned {
    /// Where it stands: a column, and the row of the table.
    pub foot: [f32; 2],
    /// Half of its length, and its largest radius.
    pub long: f32,
    pub wide: f32,
    /// How far its axis leans over to the right, in radians.
    pub lean: f32,
    pub outline: Outline,
    pub skin: fn(&Skin) -> Surface,
    /// How large its shadow on the table is, of its size.
    pub shadow: f32,
    /// How far above the table it lies.
    pub lifted: f32,
}

/// A place on a skin.
pub(super) struct Skin {
    /// From -1 at the upper end to 1 at the lower, and from -1 at the left to 1 at the right.
    pub along: f32,
    pub around: f32,
    /// Where it would be on a map: a flat picture of the half that is seen.
    pub map: [f32; 2],
    /// Tells one thing from the others.
    pub number: usize,
}

impl Turned {
    /// Draws it over what is behind it.
    pub(super) fn draw(&self, picture: &mut Canvas, light: &Light, number: usize) {
        let (sin, cos) = self.lean.sin_cos();
        let ([middle, row], reach) = (self.middle(), self.long.max(self.wide) * 1.2);
        let before = light.before(number, self.around());
        let (depth, ground) = (self.depth(), self.foot[1]);
        let [_, flat] = self.outline.ends();
        let sag = if flat > 0.0 { SAG } else { 0.0 };
        picture.change([middle - reach, middle + reach], [row - reach, row + reach], |x, y, behind| {
            let (right, down) = (x - middle, y - row);
            let (aside, along) = (right * cos + down * sin, down * cos - right * sin);
            // Of a flat end that it stands on, the front is seen below.
            let below = (along - self.long).max(0.0) / SAG;
            let Some((square, slope)) = self.radius(along.min(self.long - 0.01)) else { return behind };
            let steep = (aside * aside + slope * slope).sqrt().max(0.5);
            let cover = ((square - aside * aside - below * below) / (2.0 * steep) + 0.5).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return behind;
            }
            let front = (square - aside * aside).max(0.0).sqrt();
            let length = (steep * steep + front * front).sqrt();
            let [across, up, towards] = [aside / length, -slope / length, front / length];
            let skin = Skin {
                along: (along - front * sag) / self.long,
                around: aside / square.max(1.0).sqrt(),
                map: [across / (1.0 + towards), up / (1.0 + towards)],
                number,
            };
            let open = smooth(-0.10, 0.85, (ground + self.wide * TILT * 0.5 - y) / self.wide);
            let spot = Spot {
                place: [x, y - TILT * depth, depth + front],
                normal: [across * cos - up * sin, across * sin + up * cos, towards],
                open: 0.25 + 0.75 * open,
            };
            mix(behind, seen(&spot, &(self.skin)(&skin), &before), cover)
        });
    }

    /// The square of its radius there, and half of how fast that grows; nothing beyond its ends.
    fn radius(&self, along: f32) -> Option<(f32, f32)> {
        let (square, growth) = self.outline.at(along / self.long)?;
        let size = self.wide * self.wide;
        Some((square * size, growth * size / self.long * 0.5))
    }

    /// Lays its shadow on the table.
    pub(super) fn cast(&self, picture: &mut Canvas) {
        if self.shadow <= 0.0 {
            return;
        }
        let (height, wide) = (self.height() * self.shadow, self.wide * self.shadow);
        let far = height * 0.5 * 1.32;
        let ([column, row], (right, back)) = (self.foot, (0.75, 0.66));
        let span = |part: f32, aside: f32| {
            [far * 0.5 * part + wide * 1.22 * aside, far * 2.5 * part + wide * 1.22 * aside]
        };
        let ([left, far_right], [before, behind]) = (span(right, back), span(back, right));
        let (columns, rows) =
            ([column - left, column + far_right], [row - behind * TILT, row + before * TILT]);
        picture.change(columns, [rows[0].max(EDGE), rows[1]], |x, y, table| {
            let (x, z) = (x - column, (row - y) / TILT);
            let (along, aside) = ((x * right + z * back - far) / (far * 1.22), (z * right - x * back) / wide);
            let shade = 1.0 - smooth(0.50, 1.22, (along * along + aside * aside).sqrt());
            let touch = 1.0 - smooth(0.2, 1.0, (x * x + z * z).sqrt() / (wide * 0.95));
            times(table, (1.0 - shade * 0.78) * (1.0 - touch * 0.6))
        });
    }

    /// Balls that stand where it stands.
    pub(super) fn balls(&self) -> impl Iterator<Item = Ball> {
        let ([x, y], depth) = (self.middle(), self.depth());
        let (sin, cos) = self.lean.sin_cos();
        let parts =
            if self.long > self.wide * 1.15 { [-0.55, 0.0, 0.5].as_slice() } else { [0.0].as_slice() };
        parts.iter().filter_map(move |part| {
            let along = part * self.long;
            let (square, _) = self.radius(along)?;
            Some(Ball {
                middle: [x - along * sin, y + along * cos - TILT * depth, depth],
                radius: square.sqrt(),
            })
        })
    }

    fn around(&self) -> Ball {
        let ([x, y], depth) = (self.middle(), self.depth());
        Ball { middle: [x, y - TILT * depth, depth], radius: self.long.max(self.wide) }
    }

    /// The middle of its picture.
    pub(super) fn middle(&self) -> [f32; 2] {
        [self.foot[0], self.foot[1] - self.height() * 0.5 - self.lifted + self.wide * TILT * 0.3]
    }

    fn height(&self) -> f32 {
        let (sin, cos) = self.lean.sin_cos();
        2.0 * ((self.long * cos).powi(2) + (self.wide * sin).powi(2)).sqrt()
    }

    fn depth(&self) -> f32 {
        (self.foot[1] - EDGE) / TILT
    }
}
