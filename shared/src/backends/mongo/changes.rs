//! What fetches have found about the changes of sources.

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

use super::documents::date;
use super::operation::run;
use crate::entry::{Change, Digest, Seq, UNSTEADY};
use crate::ports::PortError;
use crate::request::SourceId;
use crate::time::Timestamp;

/// Three questions, each of which is one step on the source's document: who comes between two of them has noted a change, and is told
/// of by the next.
pub(super) async fn note(
    sources: &Collection<Document>,
    source: &SourceId,
    digest: &Digest,
    stamp: Seq,
    now: Timestamp,
) -> Result<Change, PortError> {
    let differing = || {
        doc! {
            "_id": source.as_str(),
            "discarded": { "$lte": stamp.get() },
            // What it has (`Source::has`).
            "$or": [
                {
                    "digest.value": { "$exists": true, "$ne": digest.as_str() },
                    "$expr": { "$gte": ["$digest.stamp", "$discarded"] },
                },
                {
                    "next.digest.value": { "$exists": true, "$ne": digest.as_str() },
                    "$expr": { "$and": [
                        { "$lt": ["$digest.stamp", "$discarded"] },
                        { "$gte": ["$next.digest.stamp", "$discarded"] },
                    ] },
                },
            ],
        }
    };
    // Clocks differ a little; a time that lies far ahead is that of a clock that was ahead.
    let lately = doc! { "$gt": date(now.minus(UNSTEADY)), "$lte": date(now.plus(UNSTEADY)) };
    let first = with(differing(), "changed_at", doc! { "$not": lately });
    let found = doc! { "$set": { "changed_at": date(now), "changed_to": digest.as_str() } };
    if run(sources.update_one(first, found)).await?.matched_count == 1 {
        return Ok(Change::Found);
    }
    let again =
        doc! { "$or": [{ "changed_to": { "$ne": digest.as_str() } }, { "unsteady_until": unsteady(now) }] };
    let again = doc! { "$and": [differing(), again] };
    if run(sources.update_one(again, marked(now))).await?.matched_count == 1 {
        return Ok(Change::Unsteady);
    }
    let known = sources.find_one(differing()).projection(doc! { "_id": 1 });
    Ok(if run(known).await?.is_some() { Change::Known } else { Change::Over })
}

/// Writes down that a source is unsteady from `now` on.
pub(super) async fn mark_unsteady(
    sources: &Collection<Document>,
    source: &SourceId,
    now: Timestamp,
) -> Result<(), PortError> {
    run(sources.update_one(doc! { "_id": source.as_str() }, marked(now))).await?;
    Ok(())
}

/// What a time is until which a source is unsteady.
fn unsteady(now: Timestamp) -> Document {
    doc! { "$gt": date(now), "$lte": date(now.plus(UNSTEADY * 2)) }
}

fn marked(now: Timestamp) -> Document {
    doc! { "$set": { "unsteady_until": date(now.plus(UNSTEADY)) } }
}

fn with(mut filter: Document, field: &str, condition: impl Into<Bson>) -> Document {
    filter.insert(field, condition);
    filter
}
