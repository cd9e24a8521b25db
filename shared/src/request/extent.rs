//! How large a result will be, before anything is rendered: imaginary has no limit on a canvas.
//!
//! Follows from the plan of bimg's steps. Not kept is what decoding a JPEG or a WebP reduced does to its sides, which are rounded then: a result
//! may be larger by one such pixel. Nor is it that one which is to be turned is then not turned.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{Operation, Params, Step};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// From left to right.
    pub width: u64,
    /// From top to bottom.
    pub height: u64,
}

impl Extent {
    /// How many pixels it has.
    pub const fn pixels(self) -> u64 {
        self.width.saturating_mul(self.height)
    }

    /// Whichever of two has more pixels.
    #[must_use]
    pub const fn or_larger(self, other: Self) -> Self {
        if other.pixels() > self.pixels() { other } else { self }
    }

    /// Why it is refused as a result, if it has more pixels than `most` (`requests.max_pixels`).
    pub fn beyond(self, most: u64) -> Option<String> {
        let Self { width, height } = self;
        (self.pixels() > most).then(|| {
            format!(
                "the result would have {width}×{height} = {} pixels; allowed are {most} (requests.max_pixels)",
                u128::from(width) * u128::from(height)
            )
        })
    }

    /// Width and height exchanged.
    #[must_use]
    pub const fn on_its_side(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

/// The largest extent that a request asks for whatever its source: a canvas, or sides that are reached by force. `None` where it
/// depends on the source.
pub fn asked(operation: Operation, params: &Params, steps: &[Step]) -> Option<Extent> {
    let own = |operation, params| Plan::of(operation, params).and_then(|plan| plan.asked());
    if operation == Operation::Pipeline {
        return steps
            .iter()
            .filter_map(|step| own(step.operation, &step.params))
            .max_by_key(|extent| extent.pixels());
    }
    own(operation, params)
}

/// The largest extent that anything made of a source has, the results of a pipeline's steps and what `zoom` makes before it reduces
/// included; `None` for `info`. A source that may lie on its side is looked at both ways: whether a step turns it up depends on what the
/// step before has kept of its Exif.
pub fn largest(
    operation: Operation,
    params: &Params,
    steps: &[Step],
    source: Extent,
    turned: bool,
) -> Option<Extent> {
    if operation != Operation::Pipeline {
        let result =
            results(operation, params, source, turned).into_iter().max_by_key(|extent| extent.pixels())?;
        return Some(zoomed(operation, params, source).map_or(result, |zoomed| zoomed.or_larger(result)));
    }
    let mut largest = source;
    let mut before = BTreeSet::from([source]);
    for step in steps {
        let zoomed = before.iter().filter_map(|extent| zoomed(step.operation, &step.params, *extent));
        largest = zoomed.fold(largest, Extent::or_larger);
        before = before
            .into_iter()
            .flat_map(|extent| results(step.operation, &step.params, extent, turned))
            .collect();
        largest = before.iter().fold(largest, |largest, extent| largest.or_larger(*extent));
    }
    Some(largest)
}

/// What `zoom` makes of a source before it reduces or cuts.
fn zoomed(operation: Operation, params: &Params, source: Extent) -> Option<Extent> {
    let times = Plan::of(operation, params)?.times();
    if times == 1 {
        return None;
    }
    Some(Extent { width: source.width.saturating_mul(times), height: source.height.saturating_mul(times) })
}

/// What an operation makes of a source, each way that the source may lie.
fn results(operation: Operation, params: &Params, source: Extent, turned: bool) -> Vec<Extent> {
    let ways = |turned: bool| if turned { vec![source, source.on_its_side()] } else { vec![source] };
    match Plan::of(operation, params) {
        None if operation == Operation::Info => Vec::new(),
        None => ways(turned),
        Some(plan) => ways(turned && plan.turns_up()).into_iter().map(|source| plan.result(source)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ImageRequest;
    use super::*;

    fn request(request: &str) -> ImageRequest {
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        ImageRequest::parse(&format!("/{path}"), &format!("{query}&url=http://a.test/1.jpg"), None).unwrap()
    }

    fn size(extent: Option<Extent>) -> Option<(u64, u64)> {
        extent.map(|extent| (extent.width, extent.height))
    }

    /// As imaginary answers for a photograph of 970×644.
    #[test]
    fn results_are_as_large_as_those_of_imaginary() {
        for (asked, width, height) in [
            ("resize?width=300", 300, 199),
            ("resize?width=300&height=300", 300, 300),
            ("resize?width=300&height=300&nocrop=false", 300, 300),
            ("resize?width=300&height=300&force=true", 300, 300),
            ("resize?width=2000", 970, 644),
            ("resize?width=2000&height=300", 2000, 300),
            ("resize?width=2000&height=2000", 970, 644),
            ("fit?width=300&height=300", 300, 199),
            ("fit?width=2000&height=2000", 970, 644),
            ("fit?width=300&height=300&rotate=90", 300, 199),
            ("enlarge?width=100&height=100", 100, 100),
            ("enlarge?width=1440&height=1440&nocrop=true", 1440, 956),
            ("crop?width=300", 300, 644),
            ("crop?width=2000", 970, 644),
            ("crop?width=2000&height=100", 2000, 100),
            ("smartcrop?width=300", 300, 644),
            ("thumbnail?width=100&height=100", 100, 100),
            ("thumbnail?width=2000", 2000, 1328),
            ("thumbnail?width=20000&height=2", 20000, 2),
            ("zoom?factor=1", 1940, 1288),
            ("rotate?rotate=90", 644, 970),
            ("rotate?rotate=450", 644, 970),
            ("rotate?rotate=45", 970, 644),
            ("extract?areawidth=100&areaheight=50", 100, 50),
            ("convert?type=png", 970, 644),
            ("autorotate", 970, 644),
        ] {
            let image = request(asked);
            let source = Extent { width: 970, height: 644 };
            let found = largest(image.operation, &image.params, &image.steps, source, false);
            assert_eq!(size(found), Some((width, height)), "{asked}");
        }
    }

    #[test]
    fn what_is_asked_for_whatever_the_source_is_known_without_it() {
        for (request_, sides) in [
            ("resize?width=9000&height=9000", Some((9000, 9000))),
            ("resize?width=9000", None),
            ("resize?width=9000&aspectratio=1:2", Some((9000, 18000))),
            ("resize?width=9000&height=9000&nocrop=false", None),
            ("resize?width=9000&height=9000&nocrop=false&force=true", Some((9000, 9000))),
            ("fit?width=9000&height=9000", None),
            ("crop?width=9000&height=9000", None),
            ("enlarge?width=9000&height=9000", Some((9000, 9000))),
            ("enlarge?width=9000&height=9000&nocrop=true", None),
            ("thumbnail?width=9000&height=9000", Some((9000, 9000))),
            ("flip?width=9000&height=9000", Some((9000, 9000))),
            ("extract?areawidth=9000&areaheight=10", Some((9000, 10))),
            ("zoom?factor=100", None),
            ("info?width=9000&height=9000", None),
            ("resize?width=1e30&height=1e30", None),
        ] {
            let image = request(request_);
            assert_eq!(size(asked(image.operation, &image.params, &image.steps)), sides, "{request_}");
        }
    }

    #[test]
    fn of_a_pipeline_the_largest_step_counts_and_a_turned_source_is_looked_at_both_ways() {
        let step =
            |operation: &str, params: &str| format!(r#"{{"operation":"{operation}","params":{{{params}}}}}"#);
        let steps = [step("zoom", r#""factor":9"#), step("resize", r#""width":100"#)].join(",");
        let image = request(&format!("pipeline?operations=[{steps}]"));
        let source = Extent { width: 100, height: 50 };
        let found = largest(image.operation, &image.params, &image.steps, source, false);
        assert_eq!(size(found), Some((1000, 500)));
        let image = request("zoom?factor=9&width=10");
        let found = largest(image.operation, &image.params, &image.steps, source, false);
        assert_eq!(size(found), Some((1000, 500)), "before it is reduced");
        let image = request("resize?width=40");
        let found = largest(image.operation, &image.params, &image.steps, source, true);
        assert_eq!(size(found), Some((40, 80)));
        let image = request("resize?width=40&norotation=true");
        let found = largest(image.operation, &image.params, &image.steps, source, true);
        assert_eq!(size(found), Some((40, 20)));
        let image = request("info");
        assert_eq!(largest(image.operation, &image.params, &image.steps, source, true), None);
    }
}
