//! Rendering one key: fetch, render, hand over, keep.

use std::sync::Arc;

use imcaxy_shared::entry::{Entry, Verdict, judge};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, RenderJob, Unkept};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{Ended, Ending, PortError};
use tokio::time::Instant;

use crate::Parts;
use crate::errand::Errand;
use crate::failure::of_store;
use crate::hold::Hold;
use crate::ledger::ledger_at;
use crate::lend::lend;
use crate::make::make;
use crate::persist::persist;
use crate::processor::Picture;
use crate::source::{Fetching, Rests, Sources, fetch_steady};
use crate::switch::find_switched;

/// The largest picture that is handed over before it is stored; larger ones are read from the store.
const LARGEST_HANDED_OVER: usize = 1 << 20;

pub(super) async fn render(parts: &Arc<Parts>, hold: &Hold, job: RenderJob) -> Ending {
    let mut rests = Rests { stamp: hold.claim().want, sources: job.source_refs() };
    let ended = match attempt(parts, hold, &job, &mut rests).await {
        Ok(()) => Ended::Done,
        Err(failure) => Ended::Failed(Failure { url: Some(job.url_id()), ..failure }),
    };
    Ending { ended, stamp: rests.stamp, sources: rests.sources }
}

async fn attempt(parts: &Arc<Parts>, hold: &Hold, job: &RenderJob, rests: &mut Rests) -> Result<(), Failure> {
    let claim = hold.claim();
    // By the queue's clock against this machine's: a difference between the two is in it.
    let waited = parts.clock.now().as_millis() - claim.queued_at.as_millis();
    hold.took().note(|took| took.queue = Some(u64::try_from(waited).unwrap_or_default()));
    let away = |cause: PortError| of_store(&cause);
    // The ledger first: what is in it by now is either in the documents that are read afterwards, or still in it.
    let ledger = ledger_at(parts, claim.want).await?;
    let asked = job.source_refs();
    let found = find_switched(parts, &ledger, &job.key, &asked).await.map_err(away)?;
    let previous = found.entry.as_ref().map(Entry::rendered_at);
    let mut too_old = None;
    match judge(found.about(&job.url_id()), &ledger, &parts.ages, parts.clock.now()) {
        // Its twin ended just before it was submitted.
        Verdict::Fresh(entry) if entry.stamp >= claim.want => {
            rests.stamp = entry.stamp;
            announce(parts, hold, &entry.clone(), Announced::Stored(entry)).await;
            return Ok(());
        }
        Verdict::Refused(failed) if failed.stamp >= claim.want => {
            rests.stamp = failed.stamp;
            return Err(failed.failure);
        }
        Verdict::Stale(stale) if stale.entry.stamp >= claim.want => too_old = Some(stale.entry),
        _ => {}
    }
    parts.processor.check(parts.lender.as_ref(), &job.render)?;
    let after = too_old.as_ref().map(|entry| newly(parts, entry));
    let position = ledger.seq;
    let fetching =
        fetch_steady(parts, job, Fetching { want: claim.want, after: after.flatten() }, ledger, rests);
    let sources = hold.took().measure(|took, millis| took.fetch = Some(millis), fetching).await?;
    // Read at a later position, it has met a discard, which has outdated the entry.
    if let Some(entry) = too_old.filter(|_| sources.stamp() <= position)
        && renew(parts, hold, &entry, &sources).await.map_err(away)?
    {
        rests.stamp = entry.stamp;
        return Ok(());
    }
    let (entry, picture) = make(parts, Errand::Claim(hold), job, &sources, previous).await?;
    hand_over(parts, hold, entry, picture, &sources).await
}

/// What was fetched later renews an entry that is too old: later than it was confirmed last, and lately enough for it to be young again. No
/// bound where no clock reaches so far back.
fn newly(parts: &Parts, entry: &Entry) -> Option<Instant> {
    let confirmed = parts.clock.now().since(entry.confirmed_at());
    Instant::now().checked_sub(parts.ages.ttl.map_or(confirmed, |ttl| ttl.min(confirmed)))
}

/// Renews an entry that is only too old, when all that it was made from still has the same bytes; answers whether it did. Its stamp
/// stays: a discard that came meanwhile outdates it all the same.
async fn renew(parts: &Parts, hold: &Hold, entry: &Entry, sources: &Sources) -> Result<bool, PortError> {
    if sources.unkept.is_some() || sources.made_from() != entry.sources {
        return Ok(false);
    }
    // The fetch may have been another job's, some seconds ago.
    let fetched = sources.fetched.iter().map(|fetched| fetched.ended.elapsed()).max().unwrap_or_default();
    let renewed = parts.catalog.renew(&entry.key, &entry.object, parts.clock.now().minus(fetched)).await?;
    // Another may have replaced it, or it has lost its object.
    let Some(renewed) = renewed else { return Ok(false) };
    announce(parts, hold, entry, Announced::Stored(Box::new(renewed))).await;
    Ok(true)
}

/// Gives the picture to those who wait and keeps it, both at the same time: neither waits for a store that only the other needs.
async fn hand_over(
    parts: &Arc<Parts>,
    hold: &Hold,
    entry: Entry,
    picture: Picture,
    sources: &Sources,
) -> Result<(), Failure> {
    if let Some(why) = sources.unkept {
        return pass_on(parts, hold, entry, picture, why).await;
    }
    let body = async {
        if picture.bytes.len() <= LARGEST_HANDED_OVER {
            let body = Announced::Body(Box::new(entry.clone()), picture.bytes.clone());
            announce(parts, hold, &entry, body).await;
        }
    };
    let persist = persist(Arc::clone(parts), entry.clone(), picture.bytes.clone());
    let (keeping, after) = (Arc::clone(parts), sources.after.clone());
    // On a task of its own: a job that is dropped because its claim was lost must not leave an object that no entry names.
    let keep = Lifecycle::spawn_child(async move {
        // Who finds it as a hit must not find variants that were made from older bytes beside it.
        if let Some(after) = after {
            keeping.discards.reached(after).await;
        }
        persist.await
    });
    let ((), kept) = tokio::join!(body, hold.took().measure(|took, millis| took.store = Some(millis), keep));
    let kept = kept.map_err(|_| Failure::new(FailureCode::Internal, "the picture was not kept"))?;
    let kept = kept.map_err(|cause| of_store(&cause))?;
    announce(parts, hold, &kept.clone(), Announced::Stored(Box::new(kept))).await;
    Ok(())
}

/// Gives a picture that is not kept to those who wait now.
async fn pass_on(
    parts: &Parts,
    hold: &Hold,
    entry: Entry,
    picture: Picture,
    why: Unkept,
) -> Result<(), Failure> {
    tracing::debug!(key = %entry.key, why = why.name(), "a picture is answered and not kept");
    let body = if picture.bytes.len() <= LARGEST_HANDED_OVER {
        Some(picture.bytes)
    } else {
        let lent = lend(parts, &entry, picture.bytes);
        let lent = hold.took().measure(|took, millis| took.store = Some(millis), lent).await;
        lent.map_err(|cause| of_store(&cause))?;
        None
    };
    announce(parts, hold, &entry.clone(), Announced::Unkept { entry: Box::new(entry), why, body }).await;
    Ok(())
}

/// Tells those who wait. Who does not hear it finds the entry when looking again.
async fn announce(parts: &Parts, hold: &Hold, entry: &Entry, outcome: Announced) {
    let news = Announcement {
        key: entry.key.clone(),
        token: hold.claim().token.clone(),
        stamp: entry.stamp,
        sources: entry.source_refs(),
        took: hold.took().so_far(),
        outcome,
    };
    if let Err(cause) = parts.notifier.announce(&news).await {
        tracing::warn!(key = %entry.key, %cause, "an announcement was not made");
    }
}
