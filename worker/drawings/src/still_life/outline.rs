//! Outlines of turned things: how far they reach from their axis, along it.

/// In how many steps they are kept.
const STEPS: usize = 128;

/// Squares of radii, of the largest, from the upper end to the lower. Squares, because they have no infinite slope where an end is round.
pub(super) struct Outline(Vec<f32>);

impl Outline {
    /// A smooth one through these radii, which stand at equal steps (Catmull and Rom's spline).
    pub(super) fn through(radii: &[f32]) -> Self {
        let last = radii.len().saturating_sub(1);
        let square = |index: usize| radii.get(index).map_or(0.0, |radius| radius * radius);
        let at = |index: Option<usize>| match index {
            // Beyond the ends it would go on as it goes there.
            None => 2.0 * square(0) - square(1),
            Some(index) if index > last => 2.0 * square(last) - square(last - 1),
            Some(index) => square(index),
        };
        let step = |number: usize| {
            let place = number as f32 / STEPS as f32 * last as f32;
            let index = place as usize;
            let t = place - index as f32;
            let (before, from) = (at(index.checked_sub(1)), at(Some(index)));
            let (to, after) = (at(Some(index + 1)), at(Some(index + 2)));
            let bent =
                (3.0 * (from - to) + after - before) * t + 2.0 * before - 5.0 * from + 4.0 * to - after;
            (from + 0.5 * t * (to - before + t * bent)).max(0.0)
        };
        Self((0..=STEPS).map(step).collect())
    }

    /// That of a ball.
    pub(super) fn ball() -> Self {
        let at = |step: usize| step as f32 / STEPS as f32 * 2.0 - 1.0;
        Self((0..=STEPS).map(|step| 1.0 - at(step) * at(step)).collect())
    }

    /// The square of the radius at a place from -1 to 1, and how fast it grows there; nothing beyond the ends.
    pub(super) fn at(&self, place: f32) -> Option<(f32, f32)> {
        let place = (place + 1.0) * 0.5 * STEPS as f32;
        if place < 0.0 {
            return None;
        }
        let index = place as usize;
        let at = |index: usize| self.0.get(index).copied();
        let (from, to) = (at(index)?, at(index + 1)?);
        let before = index.checked_sub(1).and_then(at).unwrap_or(2.0 * from - to);
        let after = at(index + 2).unwrap_or(2.0 * to - from);
        let t = place - index as f32;
        let (start, end) = ((to - before) * 0.5, (after - from) * 0.5);
        Some((from + (to - from) * t, (start + (end - start) * t) * 0.5 * STEPS as f32))
    }

    /// The radii at the upper end and at the lower.
    pub(super) fn ends(&self) -> [f32; 2] {
        [self.0.first(), self.0.last()].map(|square| square.copied().unwrap_or_default().sqrt())
    }
}
