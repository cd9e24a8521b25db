//! How much a selection is about: counted as far as that costs little, else estimated.

use std::time::Duration;

use imcaxy_shared::entry::{Scope, Source};
use imcaxy_shared::ports::PortError;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::selection::Selection;
use crate::App;

/// How long it is counted.
const BUDGET: Duration = Duration::from_millis(100);
/// Sources that are read together.
const PAGE: usize = 500;

/// How much it is, as the sources tell: a variant of two of them counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Matched {
    sources: f64,
    variants: f64,
    bytes: f64,
    estimated: bool,
}

impl Matched {
    /// Nobody could count it.
    pub(super) fn unknown() -> Self {
        Self { estimated: true, ..Self::default() }
    }

    pub(super) fn told(&self) -> Value {
        let whole = |number: f64| number.round().max(0.0) as u64;
        let (sources, variants, bytes) = (whole(self.sources), whole(self.variants), whole(self.bytes));
        if self.estimated {
            json!({ "sources": sources, "variants": variants, "bytes": bytes, "estimated": true })
        } else {
            json!({ "sources": sources, "variants": variants, "bytes": bytes })
        }
    }

    fn add(&mut self, source: &Source) {
        self.sources += 1.0;
        self.variants += source.variants as f64;
        self.bytes += source.bytes as f64;
    }

    /// All of it, of which this is what was counted in a part of the range of hashes: ids are hashes, so the rest is as dense.
    fn scaled(self, part: f64) -> Self {
        let Self { sources, variants, bytes, .. } = self;
        Self { sources: sources / part, variants: variants / part, bytes: bytes / part, estimated: true }
    }
}

/// Counts the sources that are known and the variants that were made from them.
///
/// # Errors
/// The catalog cannot be reached.
pub(super) async fn count(app: &App, selection: &Selection) -> Result<Matched, PortError> {
    match selection {
        Selection::Sources { spelled, .. } => {
            let mut matched = Matched::default();
            app.stores
                .catalog
                .known_sources(spelled)
                .await?
                .sources
                .iter()
                .for_each(|source| matched.add(source));
            Ok(matched)
        }
        Selection::Place(scope) => count_place(app, scope).await,
    }
}

async fn count_place(app: &App, scope: &Scope) -> Result<Matched, PortError> {
    let end = Instant::now() + BUDGET;
    let (mut matched, mut after) = (Matched::default(), None);
    loop {
        let page = app.stores.catalog.sources_about(scope, after.as_ref(), PAGE).await?;
        page.sources.iter().filter(|source| scope.matches(*source)).for_each(|source| matched.add(source));
        match page.next {
            None => return Ok(matched),
            Some(last) if Instant::now() >= end => return Ok(matched.scaled(part_up_to(last.as_str()))),
            Some(next) => after = Some(next),
        }
    }
}

/// Which part of all hashes is not above one in hexadecimal.
fn part_up_to(hash: &str) -> f64 {
    const DIGITS: usize = 8;
    let first = hash.get(..DIGITS).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    (f64::from(first.unwrap_or(u32::MAX)) + 1.0) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_in_a_part_of_all_hashes_tells_how_much_there_is() {
        assert!((part_up_to("7fffffff00") - 0.5).abs() < 1e-9);
        assert!((part_up_to("ffffffff") - 1.0).abs() < 1e-9);
        assert!(part_up_to("00000000") > 0.0);
        let counted = Matched { sources: 10.0, variants: 30.0, bytes: 1000.0, estimated: false };
        assert_eq!(counted.told(), json!({ "sources": 10, "variants": 30, "bytes": 1000 }));
        let told = counted.scaled(part_up_to("3fffffff")).told();
        assert_eq!(told, json!({ "sources": 40, "variants": 120, "bytes": 4000, "estimated": true }));
    }
}
