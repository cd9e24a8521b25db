//! Rendering one key: fetch, render, hand over, keep.

use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{
    Digest, DigestVerdict, Entry, ObjectName, Seq, SourceRef, Validator, Verdict, judge,
};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, RenderJob};
use imcaxy_shared::ports::{Claim, PortError};
use imcaxy_shared::request::SourceUrl;
use tokio::time::{Instant, timeout};

use super::{Outcome, unavailable};
use crate::Parts;
use crate::origin::{Hop, Kind, Media};
use crate::persist::persist;
use crate::processor::Picture;

/// The largest picture that is handed over before it is stored; larger ones are read from the store.
const LARGEST_HANDED_OVER: usize = 1 << 20;

/// What was fetched for a render.
struct Fetched {
    bytes: Bytes,
    validator: Validator,
    /// The source and every hop of its redirects.
    sources: Vec<SourceRef>,
}

pub(super) async fn render(parts: &Parts, claim: &Claim, job: RenderJob) -> Outcome {
    let mut stamp = claim.want;
    match attempt(parts, claim, &job, &mut stamp).await {
        Ok(()) => Outcome::done(stamp),
        Err(failure) => Outcome::failed(stamp, failure),
    }
}

async fn attempt(parts: &Parts, claim: &Claim, job: &RenderJob, stamp: &mut Seq) -> Result<(), Failure> {
    let away = |cause: PortError| unavailable(&cause);
    let found = parts.catalog.find(&job.key, std::slice::from_ref(&job.source.id)).await.map_err(away)?;
    let previous = found.entry.as_ref().map(|entry| entry.created_at);
    if let Verdict::Fresh(entry) = judge(found)
        && entry.stamp >= claim.want
    {
        // Its twin ended just before it was submitted.
        *stamp = entry.stamp;
        announce(parts, claim, &entry.clone(), Announced::Stored(entry)).await;
        return Ok(());
    }
    *stamp = parts.catalog.ledger().await.map_err(away)?.seq;
    let fetched = fetch(parts, job, *stamp).await?;
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
            let kept = persist(&*parts.catalog, &*parts.objects, entry, picture.bytes).await;
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

/// Fetches the source through its redirects, `sources.timeout` for all of it. Every hop has its document before it is
/// asked, so that a discard of it cannot be missed.
async fn fetch(parts: &Parts, job: &RenderJob, stamp: Seq) -> Result<Fetched, Failure> {
    let fetching = async {
        let mut sources = vec![job.source.clone()];
        let mut url = job.url.clone();
        admit(parts, &job.source, &url, stamp).await?;
        loop {
            match parts.origin.get(&url).await? {
                Hop::Body(bytes, validator) => return Ok(Fetched { bytes, validator, sources }),
                Hop::Redirect(_) if sources.len() > parts.max_redirects => {
                    let message = format!("the source redirects more than {} times", parts.max_redirects);
                    return Err(Failure::new(FailureCode::SourceFailed, message));
                }
                Hop::Redirect(target) => {
                    let hop = SourceRef::of(&target, &parts.ignored);
                    admit(parts, &hop, &target, stamp).await?;
                    sources.push(hop);
                    url = target;
                }
            }
        }
    };
    let slow = |_| Failure::new(FailureCode::SourceFailed, "the source took longer than sources.timeout");
    let fetched = timeout(parts.source_timeout, fetching).await.map_err(slow)??;
    match Media::of(&fetched.bytes) {
        Some(Media { kind: Kind::Raster, .. }) => Ok(fetched),
        Some(media) => {
            let message = format!("the source is {}, which is not decoded", media.name);
            Err(Failure::new(FailureCode::UnsupportedType, message))
        }
        None => Err(Failure::new(FailureCode::NotAnImage, "the source is not an image of a known type")),
    }
}

async fn admit(parts: &Parts, source: &SourceRef, url: &SourceUrl, stamp: Seq) -> Result<(), Failure> {
    let admitted = parts.catalog.admit(source, url.host(), stamp, parts.clock.now()).await;
    admitted.map_err(|cause| unavailable(&cause))
}

/// Whether these bytes may stand for every source that they came from.
async fn accept(parts: &Parts, fetched: &Fetched, stamp: Seq) -> Result<DigestVerdict, PortError> {
    let digest = Digest::of(&fetched.bytes);
    for source in &fetched.sources {
        let now = parts.clock.now();
        let verdict =
            parts.catalog.accept_digest(&source.id, &digest, &fetched.validator, stamp, now).await?;
        if verdict == DigestVerdict::Differs {
            tracing::info!(source = source.url, "a source has changed: its picture is answered and not kept");
            return Ok(DigestVerdict::Differs);
        }
    }
    Ok(DigestVerdict::Accepted)
}

/// Tells those who wait. Who does not hear it finds the entry when looking again.
async fn announce(parts: &Parts, claim: &Claim, entry: &Entry, outcome: Announced) {
    let news = Announcement {
        key: entry.key.clone(),
        token: claim.token.clone(),
        stamp: entry.stamp,
        sources: entry.sources.clone(),
        outcome,
    };
    if let Err(cause) = parts.notifier.announce(&news).await {
        tracing::warn!(key = %entry.key, %cause, "an announcement was not made");
    }
}
