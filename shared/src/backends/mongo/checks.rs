//! Which sources are to be checked, and what checks have taught.

use futures::TryStreamExt as _;
use mongodb::Collection;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::Hint;

use super::documents::{self, date, limit};
use super::operation::{all, run};
use crate::backends::readable::{LeftOut, MOST_LOOKS, Readable};
use crate::entry::{Learnt, Source};
use crate::ports::{LEFT_ALONE, PortError};
use crate::request::SourceId;
use crate::time::Timestamp;

/// Sources that are planned together.
const PORTION: usize = 1000;

/// Those that are due and can be read, those first whose time came first.
pub(super) async fn due(
    sources: &Collection<Document>,
    now: Timestamp,
    horizon: Timestamp,
    most: usize,
) -> Result<Vec<Source>, PortError> {
    let mut looks = 1;
    loop {
        let page: Readable<Source> = documents::readable(find_due(sources, now, horizon, most).await?)?;
        let page = page.told("sources");
        if page.left_out.is_empty() {
            return Ok(page.items);
        }
        // What is left alone gives its place to others.
        if !leave_alone(sources, &page.left_out, now, horizon).await? || looks == MOST_LOOKS {
            return Ok(page.items);
        }
        looks += 1;
    }
}

async fn find_due(
    sources: &Collection<Document>,
    now: Timestamp,
    horizon: Timestamp,
    most: usize,
) -> Result<Vec<Document>, PortError> {
    let mut due = Vec::new();
    for time in times(now, horizon) {
        // Zero is no limit to a server.
        if due.len() < most {
            let next = sources.find(time).sort(in_order()).limit(limit(most - due.len()));
            due.extend(all(next.hint(Hint::Keys(in_order()))).await?);
        }
    }
    Ok(due)
}

/// Plans for later what is due still; answers whether anything is.
async fn leave_alone(
    sources: &Collection<Document>,
    left_out: &[LeftOut],
    now: Timestamp,
    horizon: Timestamp,
) -> Result<bool, PortError> {
    let later = doc! { "$set": { "next_check_at": date(horizon.min(now.plus(LEFT_ALONE))) } };
    let ids: Vec<&str> = left_out.iter().map(|it| it.id.as_str()).collect();
    let due = doc! { "_id": { "$in": ids }, "$or": times(now, horizon).to_vec() };
    Ok(run(sources.update_many(due, later)).await?.matched_count > 0)
}

/// Whether there is one.
pub(super) async fn is_due(
    sources: &Collection<Document>,
    now: Timestamp,
    horizon: Timestamp,
) -> Result<bool, PortError> {
    for time in times(now, horizon) {
        let one = sources.find_one(time).projection(doc! { "_id": 1 }).hint(Hint::Keys(in_order()));
        if run(one).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// When the check of a source is planned that is due, as [`Source::is_due`] says it. Each is one walk along the index, which is named, since
/// that by the id would be gone through from end to end.
fn times(now: Timestamp, horizon: Timestamp) -> [Document; 2] {
    [doc! { "$lte": date(now) }, doc! { "$gt": date(horizon) }].map(|time| doc! { "next_check_at": time })
}

fn in_order() -> Document {
    doc! { "next_check_at": 1 }
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

/// Has those checked that have bytes and no plan: a version that checked nothing has fetched them. There may be millions of them, each portion
/// of which has the time of an operation.
pub(super) async fn plan_all(sources: &Collection<Document>) -> Result<(), PortError> {
    let unplanned = doc! { "next_check_at": Bson::Null, "digest": { "$exists": true } };
    let unplanned = run(sources.find(unplanned).projection(doc! { "_id": 1 })).await?;
    let mut portions = unplanned.try_chunks(PORTION);
    while let Some(portion) = run(async { portions.try_next().await.map_err(|broken| broken.1) }).await? {
        let ids: Vec<Bson> = portion.into_iter().filter_map(|mut found| found.remove("_id")).collect();
        let still = doc! { "_id": { "$in": ids }, "next_check_at": Bson::Null };
        let planned = doc! { "$set": { "next_check_at": DateTime::from_millis(0) } };
        run(sources.update_many(still, planned)).await?;
    }
    Ok(())
}

/// Its origin has answered a fetch with bytes.
pub(super) async fn serves(sources: &Collection<Document>, source: &SourceId) -> Result<(), PortError> {
    run(sources.update_one(doc! { "_id": source.as_str() }, doc! { "$unset": not_served() })).await?;
    Ok(())
}

/// What is over when a source was fetched: its fields of [`Checks`](crate::entry::Checks), as [`Checks::served`](crate::entry::Checks::served)
/// has it.
pub(super) fn not_served() -> Document {
    doc! { "checks.value.absences": "", "checks.value.is_gone": "", "checks.value.failures": "" }
}
