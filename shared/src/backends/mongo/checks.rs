//! Which sources are to be checked, and what checks have taught.

use mongodb::Collection;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::Hint;

use super::documents::{self, date, limit};
use super::operation::{all, run};
use crate::entry::{Learnt, Source};
use crate::ports::PortError;
use crate::request::SourceId;
use crate::time::Timestamp;

/// Those that are due, the most used first. The index is named, since that by uses would be gone through from end to end.
pub(super) async fn due(
    sources: &Collection<Document>,
    now: Timestamp,
    horizon: Timestamp,
    most: usize,
) -> Result<Vec<Source>, PortError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let due = doc! { "$or": [
        { "next_check_at": { "$lte": date(now) } },
        { "next_check_at": { "$gt": date(horizon) } },
    ] };
    let due = sources.find(due).sort(doc! { "uses": -1, "_id": 1 }).limit(limit(most));
    let found = all(due.hint(Hint::Keys(doc! { "next_check_at": 1 }))).await?;
    found.into_iter().map(documents::read).collect()
}

/// Writes down what a check has taught, if the check is still the one that was planned.
pub(super) async fn write(
    sources: &Collection<Document>,
    seen: &Source,
    learnt: &Learnt,
) -> Result<bool, PortError> {
    let planned = seen.next_check_at.map_or(Bson::Null, |at| date(at).into());
    let same = doc! { "_id": seen.id.as_str(), "next_check_at": planned };
    let mut facts = doc! { "next_check_at": date(learnt.next_check_at) };
    if let Some(checks) = &learnt.checks {
        facts.insert("checks", documents::part(checks)?);
    }
    if let Some(at) = learnt.checked_at {
        facts.insert("checked_at", date(at));
    }
    if let Some((at, to)) = &learnt.changed {
        facts.insert("changed_at", date(*at));
        facts.insert("changed_to", to.as_str());
    }
    Ok(run(sources.update_one(same, doc! { "$set": facts })).await?.matched_count == 1)
}

/// Plans the next check of a source whose bytes were accepted.
pub(super) async fn plan(
    sources: &Collection<Document>,
    source: &SourceId,
    next_check_at: Timestamp,
) -> Result<(), PortError> {
    let planned = doc! { "$set": { "next_check_at": date(next_check_at) }, "$unset": not_served() };
    run(sources.update_one(doc! { "_id": source.as_str() }, planned)).await?;
    Ok(())
}

/// Has those checked that have bytes and no plan: a version that checked nothing has fetched them.
pub(super) async fn plan_all(sources: &Collection<Document>) -> Result<(), PortError> {
    let unplanned = doc! { "next_check_at": Bson::Null, "digest": { "$exists": true } };
    let planned = doc! { "$set": { "next_check_at": DateTime::from_millis(0) } };
    run(sources.update_many(unplanned, planned)).await?;
    Ok(())
}

/// What is over when a source was fetched: its fields of [`Checks`](crate::entry::Checks), as [`Checks::served`](crate::entry::Checks::served)
/// has it.
pub(super) fn not_served() -> Document {
    doc! { "checks.value.absences": "", "checks.value.is_gone": "", "checks.value.failures": "" }
}
