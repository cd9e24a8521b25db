//! A render without a claim: fetched anew, rendered, answered; nothing of it is written down anywhere.

use std::time::Duration;

use futures::future::try_join_all;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, Failure, RenderJob, Token, Unkept};
use tokio::time::timeout;

use crate::Parts;
use crate::errand::Errand;
use crate::fetch::{Records, fetch};
use crate::ledger::ledger_at;
use crate::make::make;
use crate::source::{Rests, Sources, targets};
use crate::took::Took;

/// How long a catalog that may be away is asked what is blocked.
const CATALOG: Duration = Duration::from_secs(1);

/// Renders `job`, and answers what would be announced of it. `stamp` is a position of the ledger that whoever asks has read, so that
/// what is fetched from now on has it; the catalog is not asked for another, and may be away.
pub(super) async fn render(parts: &Parts, stamp: Seq, job: &RenderJob) -> Announcement {
    let took = Took::default();
    let mut rests = Rests { stamp, sources: job.source_refs() };
    let outcome = attempt(parts, &took, job, &mut rests)
        .await
        .unwrap_or_else(|failure| Announced::Failed(Failure { url: Some(job.url_id()), ..failure }));
    Announcement {
        key: job.key.clone(),
        // No life of the job has it: nobody else waits for this.
        token: Token::new(rand::random()),
        stamp,
        sources: rests.sources,
        took: took.so_far(),
        outcome,
    }
}

async fn attempt(
    parts: &Parts,
    took: &Took,
    job: &RenderJob,
    rests: &mut Rests,
) -> Result<Announced, Failure> {
    parts.processor.check(parts.lender.as_ref(), &job.render)?;
    if parts.blocks.is_behind(rests.stamp) {
        // If it cannot be told, what is known has to do: whoever asks goes by what is blocked, too.
        let _told = timeout(CATALOG, ledger_at(parts, rests.stamp)).await;
    }
    let sources = took.measure(|took, millis| took.fetch = Some(millis), sources(parts, job, rests)).await?;
    let (entry, picture) = make(parts, Errand::Direct(took), job, &sources, None).await?;
    let why = sources.unkept.unwrap_or(Unkept::Degraded);
    Ok(Announced::Unkept { entry: Box::new(entry), why, body: Some(picture.bytes) })
}

/// Fetches all sources. What was fetched for others is not used, nor this by them: its sources have no documents, without which no
/// discard of an entry could be found.
async fn sources(parts: &Parts, job: &RenderJob, rests: &mut Rests) -> Result<Sources, Failure> {
    let stamp = rests.stamp;
    let fetches = targets(parts, job).map(|target| fetch(parts, target, stamp, Records::Nothing));
    let fetched = try_join_all(fetches).await.map_err(|unfetched| rests.without(&unfetched))?;
    let sources = Sources::unrecorded(fetched);
    rests.sources = sources.refs();
    Ok(sources)
}
