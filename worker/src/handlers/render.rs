//! Rendering one key: fetch, render, hand over, keep.

use std::time::Duration;

use imcaxy_shared::entry::{DigestVerdict, Entry, Ledger, MadeFrom, ObjectName, Seq, Verdict, judge};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, RenderJob};
use imcaxy_shared::ports::{Claim, PortError};
use tokio::time::{Instant, sleep};

use super::{Outcome, unavailable};
use crate::Parts;
use crate::fetch::{accept, fetch};
use crate::persist::persist;
use crate::processor::Picture;

/// The largest picture that is handed over before it is stored; larger ones are read from the store.
const LARGEST_HANDED_OVER: usize = 1 << 20;

/// How often a ledger that is behind is read.
const MOST_READS: usize = 5;
/// The pause between two such reads.
const BEHIND: Duration = Duration::from_millis(200);

pub(super) async fn render(parts: &Parts, claim: &Claim, job: RenderJob) -> Outcome {
    let mut stamp = claim.want;
    match attempt(parts, claim, &job, &mut stamp).await {
        Ok(()) => Outcome::done(stamp),
        Err(failure) => Outcome::failed(stamp, Failure { url: Some(job.url_id()), ..failure }),
    }
}

async fn attempt(parts: &Parts, claim: &Claim, job: &RenderJob, stamp: &mut Seq) -> Result<(), Failure> {
    let away = |cause: PortError| unavailable(&cause);
    // The ledger first: what is in it by now is either in the documents that are read afterwards, or still in it.
    let ledger = ledger(parts, claim.want).await?;
    let found = parts.catalog.find(&job.key, std::slice::from_ref(&job.source.id)).await.map_err(away)?;
    let previous = found.entry.as_ref().map(|entry| entry.created_at);
    match judge(found.about(&job.url_id()), &ledger, parts.clock.now()) {
        // Its twin ended just before it was submitted.
        Verdict::Fresh(entry) if entry.stamp >= claim.want => {
            *stamp = entry.stamp;
            announce(parts, claim, &entry.clone(), Announced::Stored(entry)).await;
            return Ok(());
        }
        Verdict::Refused(failed) if failed.stamp >= claim.want => {
            *stamp = failed.stamp;
            return Err(failed.failure);
        }
        _ => {}
    }
    *stamp = ledger.seq;
    let fetched = fetch(parts, job, *stamp).await?;
    work_off(parts, &ledger, &fetched.sources).await.map_err(away)?;
    let steady = accept(parts, &fetched, *stamp).await.map_err(away)?;
    let began = Instant::now();
    let picture = parts.imaginary.render(&job.render, fetched.bytes).await?;
    let now = parts.clock.now();
    let entry = Entry {
        object: ObjectName::new(&job.key, rand::random()),
        key: job.key.clone(),
        sources: fetched.sources,
        stamp: *stamp,
        operation: job.render.operation,
        params: job.params.clone(),
        size: picture.bytes.len() as u64,
        etag: Entry::etag_of(&picture.bytes),
        content_type: picture.content_type.clone(),
        processor: parts.processor.clone(),
        created_at: previous.map_or(now, |previous| now.max(previous.plus(Duration::from_secs(1)))),
        render_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        uses: 0,
        last_used_at: None,
    };
    hand_over(parts, claim, entry, picture, steady).await
}

/// The ledger, at the position that is wanted at least. Whoever wants it has read it there, so one that is behind was restored
/// or answered by a server that has not caught up.
async fn ledger(parts: &Parts, want: Seq) -> Result<Ledger, Failure> {
    for _ in 0..MOST_READS {
        let ledger = parts.catalog.ledger().await.map_err(|cause| unavailable(&cause))?;
        if ledger.seq >= want {
            return Ok(ledger);
        }
        sleep(BEHIND).await;
    }
    tracing::warn!(%want, "the ledger is behind a discard that was seen in it");
    Err(Failure::new(FailureCode::Unavailable, "the catalog is behind what was asked for"))
}

/// Goes on with discards of what was fetched that were left open. Until they are written into the documents, a digest from
/// before them stands in the way of the new one.
async fn work_off(parts: &Parts, ledger: &Ledger, fetched: &[MadeFrom]) -> Result<(), PortError> {
    for rule in ledger.open().filter(|rule| fetched.iter().any(|source| rule.scope.matches(&source.id))) {
        parts.catalog.work_off(rule).await?;
    }
    Ok(())
}

/// Gives the picture to those who wait, and keeps it if its source is steady.
async fn hand_over(
    parts: &Parts,
    claim: &Claim,
    entry: Entry,
    picture: Picture,
    steady: DigestVerdict,
) -> Result<(), Failure> {
    let small = picture.bytes.len() <= LARGEST_HANDED_OVER;
    if small {
        announce(parts, claim, &entry, Announced::Body(Box::new(entry.clone()), picture.bytes.clone())).await;
    }
    match steady {
        DigestVerdict::Accepted => {
            let kept = persist(parts, entry, picture.bytes).await;
            let kept = kept.map_err(|cause| unavailable(&cause))?;
            announce(parts, claim, &kept.clone(), Announced::Stored(Box::new(kept))).await;
            Ok(())
        }
        DigestVerdict::Differs if small => Ok(()),
        DigestVerdict::Differs => Err(Failure::new(
            FailureCode::SourceFailed,
            "the source has changed and the picture is too large to pass on",
        )),
    }
}

/// Tells those who wait. Who does not hear it finds the entry when looking again.
async fn announce(parts: &Parts, claim: &Claim, entry: &Entry, outcome: Announced) {
    let news = Announcement {
        key: entry.key.clone(),
        token: claim.token.clone(),
        stamp: entry.stamp,
        sources: entry.source_refs(),
        outcome,
    };
    if let Err(cause) = parts.notifier.announce(&news).await {
        tracing::warn!(key = %entry.key, %cause, "an announcement was not made");
    }
}
