//! A source as a render needs it: fetched with a stamp, and its digest accepted or not.

use imcaxy_shared::entry::{DigestVerdict, Ledger, MadeFrom, Seq, SourceRef};
use imcaxy_shared::jobs::{Failure, RenderJob};
use imcaxy_shared::ports::PortError;

use crate::Parts;
use crate::failure::of_store;
use crate::fetch::{Fetched, fetch};
use crate::ledger::ledger_at;

/// A fetched source.
pub(crate) struct Source {
    pub fetched: Fetched,
    /// The position of the ledger before the fetch.
    pub stamp: Seq,
    /// Whether what is made of it may be kept.
    pub verdict: DigestVerdict,
}

/// Fetches the source, once more when other bytes than before are explained by a discard that came meanwhile: what is made of them
/// would be outdated at once.
///
/// # Errors
/// Everything that is not the whole of a picture that can be decoded, and a store that is away.
pub(crate) async fn fetch_accepted(
    parts: &Parts,
    job: &RenderJob,
    ledger: &Ledger,
    rests: &mut Rests,
) -> Result<Source, Failure> {
    let first = fetch_once(parts, job, ledger, rests).await?;
    if first.verdict == DigestVerdict::Accepted {
        return Ok(first);
    }
    let later = ledger_at(parts, first.stamp).await?;
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

/// What the outcome rests on, success and failure alike.
pub(crate) struct Rests {
    pub stamp: Seq,
    /// The source and every hop that was reached.
    pub sources: Vec<SourceRef>,
}

/// Goes on with discards of what was fetched that were left open. Until they are written into the documents, a digest from
/// before them stands in the way of the new one.
async fn work_off(parts: &Parts, ledger: &Ledger, fetched: &[MadeFrom]) -> Result<(), PortError> {
    for rule in ledger.open().filter(|rule| fetched.iter().any(|source| rule.scope.matches(&source.id))) {
        parts.catalog.work_off(rule).await?;
    }
    Ok(())
}

/// Whether the bytes may stand for every source that they came from. The last hop is asked first: a redirect learns its digest
/// only when its target has accepted it.
async fn accept(parts: &Parts, fetched: &Fetched, stamp: Seq) -> Result<DigestVerdict, PortError> {
    for source in fetched.sources.iter().rev() {
        let (validator, now) = (&fetched.validator, parts.clock.now());
        let verdict = parts.catalog.accept_digest(&source.id, &source.digest, validator, stamp, now).await?;
        if verdict == DigestVerdict::Differs {
            return Ok(DigestVerdict::Differs);
        }
    }
    Ok(DigestVerdict::Accepted)
}
