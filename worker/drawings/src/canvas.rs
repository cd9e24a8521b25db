//! A picture that is being drawn.

use super::shape::Shape;

/// Red, green and blue as they are shown, each from 0 to 1.
pub(super) type Colour = [f32; 3];

/// A colour as it is written in hexadecimal.
pub(super) const fn rgb(hex: u32) -> Colour {
    let [_, red, green, blue] = hex.to_be_bytes();
    [red as f32 / 255.0, green as f32 / 255.0, blue as f32 / 255.0]
}

/// From `a` to `b`, as far as `t` says.
pub(super) fn mix(a: Colour, b: Colour, t: f32) -> Colour {
    let [red, green, blue] = [lerp(a[0], b[0], t), lerp(a[1], b[1], t), lerp(a[2], b[2], t)];
    [red, green, blue]
}

/// `a` and so much of `b`.
pub(super) fn plus(a: Colour, b: Colour, share: f32) -> Colour {
    [a[0] + b[0] * share, a[1] + b[1] * share, a[2] + b[2] * share]
}

/// So much of a colour.
pub(super) fn times(a: Colour, share: f32) -> Colour {
    a.map(|part| part * share)
}

pub(super) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// From 0 at `low` to 1 at `high`, without an edge at either.
pub(super) fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A picture of colours, row by row.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    /// A picture of which each pixel has the colour of its column and row.
    pub(super) fn of(width: usize, height: usize, colour: impl FnMut(f32, f32) -> Colour) -> Self {
        Self { width, height: 0, pixels: Vec::new() }.continued(height, colour)
    }

    /// The same, and below it more, until it has so many rows.
    pub(super) fn continued(&self, height: usize, mut colour: impl FnMut(f32, f32) -> Colour) -> Self {
        let width = self.width;
        let mut pixels = Vec::with_capacity(width * height);
        pixels.extend_from_slice(&self.pixels);
        for y in self.height..height {
            pixels.extend((0..width).map(|x| colour(x as f32, y as f32)));
        }
        Self { width, height, pixels }
    }

    /// Pixels from left to right.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub(super) const fn height(&self) -> usize {
        self.height
    }

    /// The colour between four pixels; beyond the edge stands what is at it.
    pub(super) fn between(&self, x: f32, y: f32) -> Colour {
        let (x, y) = (x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32));
        let (column, row) = (x as usize, y as usize);
        let at = row * self.width + column;
        let line = |start: usize| {
            let left = self.pixels.get(start).copied().unwrap_or_default();
            let right = self.pixels.get(start + 1).copied().unwrap_or(left);
            mix(left, right, x - column as f32)
        };
        let below = if row + 1 < self.height { at + self.width } else { at };
        mix(line(at), line(below), y - row as f32)
    }

    /// What stands between two rows: for pictures that are drawn coarsely and looked at closely.
    pub(super) fn row(&self, y: f32) -> Row {
        let first = (y.max(0.0) as usize).min(self.height.saturating_sub(1));
        let line = |row: usize| self.pixels.chunks_exact(self.width).nth(row).unwrap_or_default();
        let (above, below) = (line(first), line((first + 1).min(self.height.saturating_sub(1))));
        Row(above.iter().zip(below).map(|(above, below)| mix(*above, *below, y - first as f32)).collect())
    }

    /// Goes over a part of the picture: `change` is given column, row and what is there.
    pub(super) fn change(
        &mut self,
        columns: [f32; 2],
        rows: [f32; 2],
        mut change: impl FnMut(f32, f32, Colour) -> Colour,
    ) {
        let within = |[first, last]: [f32; 2], count: usize| {
            let first = (first.max(0.0) as usize).min(count);
            first..((last.max(0.0) + 1.0) as usize).clamp(first, count)
        };
        let (columns, rows) = (within(columns, self.width), within(rows, self.height));
        let lines = self.pixels.chunks_exact_mut(self.width).enumerate();
        for (y, line) in lines.skip(rows.start).take(rows.len()) {
            let pixels = line.iter_mut().enumerate();
            for (x, pixel) in pixels.skip(columns.start).take(columns.len()) {
                *pixel = change(x as f32, y as f32, *pixel);
            }
        }
    }

    /// Lays a shape of one colour on it.
    pub(super) fn paint(&mut self, shape: &Shape, colour: Colour) {
        self.shade(shape, |_, _, below, cover| mix(below, colour, cover));
    }

    /// Goes over a shape: `change` is given column, row, what is there, and how much of the pixel the shape covers.
    pub(super) fn shade(&mut self, shape: &Shape, change: impl Fn(f32, f32, Colour, f32) -> Colour) {
        let (columns, rows) = shape.bounds();
        self.change(columns, rows, |x, y, below| {
            let cover = shape.covers(x, y);
            if cover > 0.0 { change(x, y, below, cover) } else { below }
        });
    }

    /// Eight bits a sample, red first. A little of the neighbours' noise keeps long gradients from breaking into steps.
    pub(super) fn samples(&self) -> Vec<u8> {
        let mut state = 1_u32;
        let mut samples = Vec::with_capacity(self.pixels.len() * 3);
        for pixel in &self.pixels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (state >> 16) as f32 / 65536.0;
            // Less than nothing and more than all become the least and the most.
            samples.extend(pixel.map(|part| (part * 255.0 + grain) as u8));
        }
        samples
    }
}

/// One row of a picture.
#[derive(Default)]
pub(super) struct Row(Vec<Colour>);

impl Row {
    /// The colour between two pixels.
    pub(super) fn at(&self, x: f32) -> Colour {
        let column = x as usize;
        match self.0.get(column..) {
            Some([left, right, ..]) => mix(*left, *right, x - column as f32),
            _ => self.0.last().copied().unwrap_or_default(),
        }
    }
}
