//! Shapes with soft edges.

/// Column and row.
pub(super) type Point = [f32; 2];

/// What is laid on a picture.
pub(super) enum Shape {
    /// Without a corner that points inwards; its corners in clockwise order.
    Convex(Vec<Point>),
    /// A line with round ends, and half of its width.
    Line([Point; 2], f32),
}

impl Shape {
    /// A rectangle by its sides.
    pub(super) fn rectangle(columns: [f32; 2], rows: [f32; 2]) -> Self {
        let ([left, right], [top, bottom]) = (columns, rows);
        Self::Convex(vec![[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// How much of a pixel it covers, from 0 to 1.
    pub(super) fn covers(&self, x: f32, y: f32) -> f32 {
        let beyond = match self {
            Self::Convex(corners) => {
                let next = corners.iter().cycle().skip(1);
                let sides = corners.iter().zip(next).map(|(from, to)| outside([x, y], *from, *to));
                sides.fold(f32::MIN, f32::max)
            }
            Self::Line([from, to], half) => distance([x, y], *from, *to) - half,
        };
        (0.5 - beyond).clamp(0.0, 1.0)
    }

    /// The columns and rows that it may cover.
    pub(super) fn bounds(&self) -> ([f32; 2], [f32; 2]) {
        let (points, margin) = match self {
            Self::Convex(corners) => (corners.as_slice(), 1.0),
            Self::Line(ends, half) => (ends.as_slice(), half + 1.0),
        };
        let span = |of: fn(&Point) -> f32| {
            let all = points.iter().map(of);
            [all.clone().fold(f32::MAX, f32::min) - margin, all.fold(f32::MIN, f32::max) + margin]
        };
        (span(|[x, _]| *x), span(|[_, y]| *y))
    }
}

/// How far a point is on the left of the way from one corner to the next: outside.
fn outside([x, y]: Point, from: Point, to: Point) -> f32 {
    let (right, down) = (to[0] - from[0], to[1] - from[1]);
    let length = (right * right + down * down).sqrt().max(f32::EPSILON);
    ((x - from[0]) * down - (y - from[1]) * right) / length
}

fn distance([x, y]: Point, from: Point, to: Point) -> f32 {
    let (right, down) = (to[0] - from[0], to[1] - from[1]);
    let (x, y) = (x - from[0], y - from[1]);
    let along = ((x * right + y * down) / (right * right + down * down).max(f32::EPSILON)).clamp(0.0, 1.0);
    let (x, y) = (x - right * along, y - down * along);
    (x * x + y * y).sqrt()
}
