//! Rendering one key: fetch, render, hand over, keep.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{
    DigestVerdict, Entry, Ledger, MadeFrom, ObjectName, Seq, SourceRef, Verdict, judge,
};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, RenderJob};
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{Claim, Ended, Ending, PortError};
use tokio::time::{Instant, sleep};

use crate::Parts;
use crate::failure::of_store;
use crate::fetch::{Fetched, accept, fetch};
use crate::hold::Hold;
use crate::persist::persist;
use crate::processor::Picture;

/// The largest picture that is handed over before it is stored; larger ones are read from the store.
const LARGEST_HANDED_OVER: usize = 1 << 20;

/// How often a ledger that is behind is read.
const MOST_READS: usize = 5;
/// The pause between two such reads.
const BEHIND: Duration = Duration::from_millis(200);

pub(super) async fn render(parts: &Arc<Parts>, hold: &Hold, job: RenderJob) -> Ending {
    let mut rests = Rests { stamp: hold.claim().want, sources: vec![job.source.clone()] };
    let ended = match attempt(parts, hold, &job, &mut rests).await {
        Ok(()) => Ended::Done,
        Err(failure) => Ended::Failed(Failure { url: Some(job.url_id()), ..failure }),
    };
    Ending { ended, stamp: rests.stamp, sources: rests.sources }
}

/// What the outcome rests on, success and failure alike.
struct Rests {
    stamp: Seq,
    /// The source and every hop that was reached.
    sources: Vec<SourceRef>,
}

async fn attempt(parts: &Arc<Parts>, hold: &Hold, job: &RenderJob, rests: &mut Rests) -> Result<(), Failure> {
    let claim = hold.claim();
    let away = |cause: PortError| of_store(&cause);
    // The ledger first: what is in it by now is either in the documents that are read afterwards, or still in it.
    let ledger = ledger(parts, claim.want).await?;
    let found = parts.catalog.find(&job.key, std::slice::from_ref(&job.source.id)).await.map_err(away)?;
    let previous = found.entry.as_ref().map(|entry| entry.created_at);
    match judge(found.about(&job.url_id()), &ledger, parts.clock.now()) {
        // Its twin ended just before it was submitted.
        Verdict::Fresh(entry) if entry.stamp >= claim.want => {
            rests.stamp = entry.stamp;
            announce(parts, claim, &entry.clone(), Announced::Stored(entry)).await;
            return Ok(());
        }
        Verdict::Refused(failed) if failed.stamp >= claim.want => {
            rests.stamp = failed.stamp;
            return Err(failed.failure);
        }
        _ => {}
    }
    let Source { fetched, stamp, verdict } = fetch_whole(parts, job, &ledger, rests).await?;
    let place = parts.imaginary.place(parts.place_within).await?;
    // The last moment before what is expensive: a worker that was frozen on the way here may have lost its job to another.
    if hold.is_lost().await {
        return Err(Failure::new(FailureCode::Internal, "the claim was lost"));
    }
    let began = Instant::now();
    let picture = parts.imaginary.render(place, &job.render, fetched.bytes).await?;
    let now = parts.clock.now();
    let entry = Entry {
        object: ObjectName::new(&job.key, rand::random()),
        key: job.key.clone(),
        sources: fetched.sources,
        stamp,
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
    hand_over(parts, claim, entry, picture, verdict).await
}

/// A fetched source.
struct Source {
    fetched: Fetched,
    stamp: Seq,
    /// Whether what is made of it may be kept.
    verdict: DigestVerdict,
}

/// Fetches the source, once more when other bytes than before are explained by a discard that came meanwhile: what is made of them
/// would be outdated at once.
async fn fetch_whole(
    parts: &Parts,
    job: &RenderJob,
    ledger: &Ledger,
    rests: &mut Rests,
) -> Result<Source, Failure> {
    let first = fetch_once(parts, job, ledger, rests).await?;
    if first.verdict == DigestVerdict::Accepted {
        return Ok(first);
    }
    let later = self::ledger(parts, first.stamp).await?;
    if later.newest_against(rests.sources.iter().map(|source| &source.id)) <= first.stamp {
        return Ok(first);
    }
    rests.sources.truncate(1);
    fetch_once(parts, job, &later, rests).await
}

async fn fetch_once(
    parts: &Parts,
    job: &RenderJob,
    ledger: &Ledger,
    rests: &mut Rests,
) -> Result<Source, Failure> {
    let stamp = ledger.seq;
    rests.stamp = stamp;
    let fetched = fetch(parts, job, stamp, &mut rests.sources).await?;
    let accepted = async {
        work_off(parts, ledger, &fetched.sources).await?;
        accept(parts, &fetched, stamp).await
    };
    let verdict = accepted.await.map_err(|cause| of_store(&cause))?;
    Ok(Source { fetched, stamp, verdict })
}

/// The ledger, at the position that is wanted at least. Whoever wants it has read it there, so one that is behind was restored
/// or answered by a server that has not caught up.
async fn ledger(parts: &Parts, want: Seq) -> Result<Ledger, Failure> {
    for _ in 0..MOST_READS {
        let ledger = parts.catalog.ledger().await.map_err(|cause| of_store(&cause))?;
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

/// Gives the picture to those who wait, and keeps it if its source is steady, both at the same time: neither waits for a store that
/// only the other needs.
async fn hand_over(
    parts: &Arc<Parts>,
    claim: &Claim,
    entry: Entry,
    picture: Picture,
    verdict: DigestVerdict,
) -> Result<(), Failure> {
    let small = picture.bytes.len() <= LARGEST_HANDED_OVER;
    let body = async {
        if small {
            let body = Announced::Body(Box::new(entry.clone()), picture.bytes.clone());
            announce(parts, claim, &entry, body).await;
        }
    };
    match verdict {
        DigestVerdict::Accepted => {
            // On a task of its own: a job that is dropped because its claim was lost must not leave an object that no entry names.
            let keep = persist(Arc::clone(parts), entry.clone(), picture.bytes.clone());
            let ((), kept) = tokio::join!(body, Lifecycle::spawn_child(keep));
            let kept = kept.map_err(|_| Failure::new(FailureCode::Internal, "the picture was not kept"))?;
            let kept = kept.map_err(|cause| of_store(&cause))?;
            announce(parts, claim, &kept.clone(), Announced::Stored(Box::new(kept))).await;
            Ok(())
        }
        DigestVerdict::Differs if small => {
            body.await;
            Ok(())
        }
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
