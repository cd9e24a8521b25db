//! How much a selection is about: counted as far as that costs little, else estimated.

use std::time::Duration;

use imcaxy_shared::entry::{Scope, Seq, Source};
use imcaxy_shared::ports::{Made, PortError};
use imcaxy_shared::request::SourceId;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::wanted::Selection;
use crate::App;

/// Entries that are counted one by one at most, and for how long.
const MOST_ENTRIES: usize = 1000;
const BUDGET: Duration = Duration::from_millis(100);
/// Sources, and entries, that are read together.
const PAGE: usize = 200;

/// How much it is. With ids that are hashes, of which the first were counted in their order, the rest is as dense as they were.
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

    /// All of it, of which this is what was counted in a part of the range of hashes.
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
    let end = Instant::now() + BUDGET;
    match selection {
        Selection::Sources(sources) => {
            let ids: Vec<SourceId> = sources.iter().map(|source| source.id.clone()).collect();
            let known = app.stores.catalog.known_sources(&ids).await?;
            let mut ids: Vec<SourceId> = known.into_iter().map(|source| source.id).collect();
            ids.sort();
            let mut matched = Matched { sources: ids.len() as f64, ..Matched::default() };
            for (number, some) in ids.chunks(PAGE).enumerate() {
                // Of the first some are counted, however long it has taken to get there.
                if number > 0 && is_enough(&matched, end) {
                    let part = (number * PAGE) as f64 / ids.len() as f64;
                    return Ok(Matched { sources: ids.len() as f64, ..matched.scaled(part) });
                }
                add_variants(app, some, &mut matched, end).await?;
            }
            Ok(matched)
        }
        Selection::Place(scope) => count_place(app, scope, end).await,
    }
}

async fn count_place(app: &App, scope: &Scope, end: Instant) -> Result<Matched, PortError> {
    let (mut matched, mut after) = (Matched::default(), None);
    loop {
        let (page, next) = app.stores.catalog.sources_about(scope, after.as_ref(), PAGE).await?;
        let own: Vec<SourceId> = page
            .into_iter()
            .filter(|source: &Source| scope.matches(source))
            .map(|source| source.id)
            .collect();
        matched.sources += own.len() as f64;
        add_variants(app, &own, &mut matched, end).await?;
        match next {
            None => return Ok(matched),
            Some(last) if is_enough(&matched, end) => return Ok(matched.scaled(part_up_to(last.as_str()))),
            Some(next) => after = Some(next),
        }
    }
}

/// Adds the entries that were made from these.
async fn add_variants(
    app: &App,
    sources: &[SourceId],
    matched: &mut Matched,
    end: Instant,
) -> Result<(), PortError> {
    let (mut after, mut own) = (None, Matched::default());
    loop {
        let all = Seq::new(i64::MAX);
        let (page, next) = app.stores.catalog.made_from(sources, all, after.as_ref(), PAGE).await?;
        own.variants += page.len() as f64;
        own.bytes += page.iter().map(|made: &Made| made.size as f64).sum::<f64>();
        match next {
            None => break,
            Some(last) if is_enough(&own, end) => {
                own = own.scaled(part_up_to(last.as_str()));
                break;
            }
            Some(next) => after = Some(next),
        }
    }
    matched.variants += own.variants;
    matched.bytes += own.bytes;
    matched.estimated |= own.estimated;
    Ok(())
}

fn is_enough(matched: &Matched, end: Instant) -> bool {
    matched.variants >= MOST_ENTRIES as f64 || Instant::now() >= end
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
