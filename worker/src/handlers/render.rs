//! Rendering one key: fetch, render, hand over, keep.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Entry, ObjectName, Verdict, judge};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, RenderJob, Unkept};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{Ended, Ending, PortError};
use imcaxy_shared::request::SourceId;

use crate::Parts;
use crate::failure::of_store;
use crate::hold::Hold;
use crate::ledger::ledger_at;
use crate::lend::lend;
use crate::persist::persist;
use crate::processor::{Picture, Rendered};
use crate::relay;
use crate::source::{Rests, fetch_steady};
use crate::suits::suits;

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
    hold.note(|took| took.queue = Some(u64::try_from(waited).unwrap_or_default()));
    let away = |cause: PortError| of_store(&cause);
    // The ledger first: what is in it by now is either in the documents that are read afterwards, or still in it.
    let ledger = ledger_at(parts, claim.want).await?;
    let asked: Vec<SourceId> = job.sources().map(|(_, source)| source.id.clone()).collect();
    let found = parts.catalog.find(&job.key, &asked).await.map_err(away)?;
    let previous = found.entry.as_ref().map(|entry| entry.created_at);
    match judge(found.about(&job.url_id()), &ledger, parts.clock.now()) {
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
        _ => {}
    }
    relay::check(parts.lender.as_ref(), &job.render)?;
    let fetching = fetch_steady(parts, job, claim.want, ledger, rests);
    let sources = hold.measure(|took, millis| took.fetch = Some(millis), fetching).await?;
    let nothing = || Failure::new(FailureCode::Internal, "the source was not fetched");
    let source = sources.fetched.first().ok_or_else(nothing)?;
    suits(&job.render, &source.picture, parts.max_result)?;
    let fetched: HashMap<_, _> = job
        .sources()
        .map(|(url, _)| url)
        .zip(sources.fetched.iter().map(|fetched| fetched.bytes.clone()))
        .collect();
    let lent = relay::lend(parts.lender.as_ref(), &job.render, &fetched)?;
    let Rendered { picture, renderer } =
        parts.imaginary.render(&lent.render, source.bytes.clone(), hold).await?;
    drop(lent);
    let now = parts.clock.now();
    let entry = Entry {
        object: ObjectName::new(&job.key, rand::random()),
        key: job.key.clone(),
        sources: sources.made_from(),
        stamp: sources.stamp(),
        operation: job.render.operation,
        params: job.params.clone(),
        size: picture.bytes.len() as u64,
        etag: Entry::etag_of(&picture.bytes),
        content_type: picture.content_type.clone(),
        processor: parts.processor.clone(),
        created_at: previous.map_or(now, |previous| now.max(previous.plus(Duration::from_secs(1)))),
        renderer,
        render_ms: hold.took().imaginary.unwrap_or_default(),
        uses: 0,
        last_used_at: None,
    };
    hand_over(parts, hold, entry, picture, sources.unkept).await
}

/// Gives the picture to those who wait and keeps it, both at the same time: neither waits for a store that only the other needs.
async fn hand_over(
    parts: &Arc<Parts>,
    hold: &Hold,
    entry: Entry,
    picture: Picture,
    unkept: Option<Unkept>,
) -> Result<(), Failure> {
    if let Some(why) = unkept {
        return pass_on(parts, hold, entry, picture, why).await;
    }
    let body = async {
        if picture.bytes.len() <= LARGEST_HANDED_OVER {
            let body = Announced::Body(Box::new(entry.clone()), picture.bytes.clone());
            announce(parts, hold, &entry, body).await;
        }
    };
    // On a task of its own: a job that is dropped because its claim was lost must not leave an object that no entry names.
    let keep = Lifecycle::spawn_child(persist(Arc::clone(parts), entry.clone(), picture.bytes.clone()));
    let ((), kept) = tokio::join!(body, hold.measure(|took, millis| took.store = Some(millis), keep));
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
        let lent = hold.measure(|took, millis| took.store = Some(millis), lent).await;
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
        took: hold.took(),
        outcome,
    };
    if let Err(cause) = parts.notifier.announce(&news).await {
        tracing::warn!(key = %entry.key, %cause, "an announcement was not made");
    }
}
