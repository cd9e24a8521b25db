//! How many entries name a source, and how many bytes they have: numbers on the source's document, so that sources can be listed by them.
//!
//! Nothing but single documents is written, so the numbers are counted anew after each change of an entry, and set by
//! compare-and-set of `tally`, the number of such counts. Whoever is overtaken twice after its change may go: the second who came in
//! between had begun after the first, so after the change, and has counted it. A crash between a change and its count leaves
//! wrong numbers until the next change, or until housekeeping comes by.

use mongodb::bson::{Bson, doc};

use super::MongoCatalog;
use super::operation::{all, run, unusable};
use crate::ports::PortError;
use crate::request::SourceId;

/// How often a count may be overtaken until another one must have seen the same.
const OVERTAKEN: usize = 2;

/// What entries there are of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub variants: u64,
    pub bytes: u64,
}

impl MongoCatalog {
    /// Counts the entries of a source, writes the numbers down and answers them.
    pub(super) async fn tally(&self, source: &SourceId) -> Result<Tally, PortError> {
        let mut tally = Tally::default();
        for _ in 0..OVERTAKEN {
            let one = self.sources.find_one(doc! { "_id": source.as_str() }).projection(doc! { "tally": 1 });
            let seen = run(one).await?;
            tally = self.count(source).await?;
            let Some(seen) = seen else { break };
            let unmoved = doc! {
                "_id": source.as_str(),
                "tally": seen.get("tally").cloned().unwrap_or(Bson::Null),
            };
            let counted = doc! {
                "$set": { "variants": stored(tally.variants), "bytes": stored(tally.bytes) },
                "$inc": { "tally": 1_i64 },
            };
            if run(self.sources.update_one(unmoved, counted)).await?.matched_count == 1 {
                break;
            }
        }
        Ok(tally)
    }

    /// How many entries of a source there are now.
    pub(super) async fn count(&self, source: &SourceId) -> Result<Tally, PortError> {
        let count = self.entries.aggregate([
            doc! { "$match": { "sources.id": source.as_str() } },
            doc! { "$group": { "_id": Bson::Null, "variants": { "$sum": 1_i64 }, "bytes": { "$sum": "$size" } } },
        ]);
        let Some(counted) = all(count).await?.pop() else { return Ok(Tally::default()) };
        let number = |field| match counted.get(field) {
            Some(Bson::Int32(number)) => u64::try_from(*number).map_err(unusable),
            Some(Bson::Int64(number)) => u64::try_from(*number).map_err(unusable),
            other => Err(unusable(format!("a count of {other:?} {field}"))),
        };
        Ok(Tally { variants: number("variants")?, bytes: number("bytes")? })
    }
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
