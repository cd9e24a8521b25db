//! The sources of a render: all fetched, each with its stamp, and their digests accepted or not.

use std::collections::HashSet;
use std::iter::{once, repeat};

use futures::future::try_join_all;
use imcaxy_shared::entry::{DigestVerdict, Ledger, MadeFrom, Position, Scope, Seq, SourceRef};
use imcaxy_shared::jobs::{Failure, RenderJob, Unkept};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;
use crate::change::{Next, settle};
use crate::failure::of_store;
use crate::fetch::{Fetched, Records, Target, Unfetched, fetch};
use crate::keep::Needs;
use crate::ledger::ledger_at;
use crate::outdated::delete_outdated;

/// How often the sources of one attempt are fetched at most.
pub(crate) const MOST_ROUNDS: u32 = 3;

/// All that a render is made from.
pub(crate) struct Sources {
    /// As [`RenderJob::sources`] names them: the picture, then the images.
    pub fetched: Vec<Fetched>,
    /// Why what is made of them is not kept. It is where their bytes are those that they have since their last discard and did not change
    /// meanwhile, and where no origin forbids it.
    pub unkept: Option<Unkept>,
    /// The newest discard that they were fetched after, as far as the job knows: other replicas may answer with what it outdates.
    pub after: Option<Position>,
    /// Whether some of them were fetched before this job asked.
    kept: bool,
}

/// What was fetched for others that will do.
#[derive(Clone, Copy)]
pub(crate) struct Fetching {
    /// The smallest stamp.
    pub want: Seq,
    /// Whatever was fetched before is too old.
    pub after: Option<Instant>,
}

/// What the outcome rests on, success and failure alike.
pub(crate) struct Rests {
    pub stamp: Seq,
    /// The sources and every hop that was reached.
    pub sources: Vec<SourceRef>,
}

impl Sources {
    /// What was fetched and waits for a switch.
    pub(crate) const fn waiting(fetched: Vec<Fetched>) -> Self {
        Self { fetched, unkept: None, after: None, kept: false }
    }

    /// What was fetched without leaving anything in the catalog.
    pub(crate) fn unrecorded(fetched: Vec<Fetched>) -> Self {
        let private = fetched.iter().any(|fetched| fetched.private);
        let unkept = Some(if private { Unkept::Private } else { Unkept::Degraded });
        Self { fetched, unkept, after: None, kept: false }
    }

    /// The smallest stamp of the fetches.
    pub(crate) fn stamp(&self) -> Seq {
        self.fetched.iter().map(|fetched| fetched.stamp).min().unwrap_or(Seq::ZERO)
    }

    /// The sources and all hops of their redirects, each once.
    pub(crate) fn made_from(&self) -> Vec<MadeFrom> {
        let mut seen = HashSet::new();
        let hops = self.fetched.iter().flat_map(|fetched| &fetched.hops);
        hops.filter(|hop| seen.insert(&hop.id)).cloned().collect()
    }

    /// The same, without their bytes.
    pub(crate) fn refs(&self) -> Vec<SourceRef> {
        let made_from = self.made_from().into_iter();
        made_from.map(|made| SourceRef { id: made.id, url: made.url }).collect()
    }
}

/// Fetches the sources, and again when other bytes than before are explained by a discard that came meanwhile, or show that a source
/// has changed, which is then discarded: what is made of them is the first of its kind.
///
/// # Errors
/// Everything that is not the whole of a picture that can be decoded, and a store that is away.
pub(crate) async fn fetch_steady(
    parts: &Parts,
    job: &RenderJob,
    mut fetching: Fetching,
    mut ledger: Ledger,
    rests: &mut Rests,
) -> Result<Sources, Failure> {
    let mut before: Vec<MadeFrom> = Vec::new();
    let mut rounds = 1;
    loop {
        let mut sources = fetch_once(
            parts,
            job,
            Needs { want: fetching.want, after: fetching.after, ledger: &ledger },
            rests,
        )
        .await?;
        match sources.unkept {
            None if changed_again(parts, &before, &sources).await? => {
                sources.unkept = Some(Unkept::Unsteady);
                return Ok(sources);
            }
            Some(Unkept::Unsteady) if rounds < MOST_ROUNDS => {}
            _ => return Ok(sources),
        }
        rounds += 1;
        (ledger, before) = match next(parts, &sources).await? {
            Next::Again(ledger) => (ledger, Vec::new()),
            Next::Changed(ledger) => (ledger, sources.made_from()),
            Next::Unsteady => return Ok(sources),
        };
        // Not what was fetched already, even where the ledger stands as it stood.
        fetching.want = ledger.seq;
        for (url, _) in job.sources() {
            parts.keep.forget(url).await;
        }
    }
}

/// What is fetched for a job: the picture, then the images, as [`RenderJob::sources`] names them.
pub(crate) fn targets<'a>(parts: &Parts, job: &'a RenderJob) -> impl Iterator<Item = Target<'a>> {
    let bounds = once(parts.bounds.picture).chain(repeat(parts.bounds.image));
    job.sources().zip(bounds).map(|((url, source), bound)| Target { url, source, bound })
}

/// Fetches the sources once, or takes what was fetched for others. They are unsteady for now when one of them has not accepted its
/// digest; what is private is not asked, since it may well be other bytes each time.
async fn fetch_once(
    parts: &Parts,
    job: &RenderJob,
    needs: Needs<'_>,
    rests: &mut Rests,
) -> Result<Sources, Failure> {
    let (began, stamp) = (Instant::now(), needs.ledger.seq);
    *rests = Rests { stamp, sources: job.source_refs() };
    let fetches = targets(parts, job).map(|target| async move {
        parts.keep.get(target, needs, || fetch(parts, target, stamp, Records::Documents)).await
    });
    let fetched = try_join_all(fetches).await.map_err(|unfetched| rests.without(&unfetched))?;
    let kept = fetched.iter().any(|fetched| fetched.ended < began);
    let private = fetched.iter().any(|fetched| fetched.private);
    let unkept = private.then_some(Unkept::Private);
    let mut sources = Sources { fetched, unkept, after: None, kept };
    *rests = Rests { stamp: sources.stamp(), sources: sources.refs() };
    sources.after = discarded_before(&sources.fetched, needs.ledger);
    if private {
        return Ok(sources);
    }
    let accepted = async {
        work_off(parts, needs.ledger, &rests.sources).await?;
        accept(parts, &sources.fetched).await
    };
    if !accepted.await.map_err(|cause| of_store(&cause))? {
        sources.unkept = Some(Unkept::Unsteady);
    }
    Ok(sources)
}

/// The newest discard in the ledger of what was fetched; what was fetched for others may be newer than that, and after discards that it does not
/// know.
pub(crate) fn discarded_before(fetched: &[Fetched], ledger: &Ledger) -> Option<Position> {
    let stamps = fetched.iter().map(|fetched| fetched.stamp);
    let hops = || fetched.iter().flat_map(|fetched| &fetched.hops);
    let newest =
        stamps.filter(|stamp| *stamp > ledger.seq).max().unwrap_or_else(|| ledger.last_about(hops()));
    (newest > Seq::ZERO).then(|| Position { seq: newest, ..ledger.position() })
}

/// What follows when a digest was not accepted. Bytes that were kept say nothing of a change: others may have fetched newer ones.
async fn next(parts: &Parts, sources: &Sources) -> Result<Next, Failure> {
    if sources.kept {
        return Ok(Next::Again(ledger_at(parts, sources.stamp()).await?));
    }
    settle(parts, &sources.fetched).await
}

/// Whether a source has changed from one fetch to the next, which its document then says.
async fn changed_again(parts: &Parts, before: &[MadeFrom], now: &Sources) -> Result<bool, Failure> {
    let mut changed = false;
    for hop in now.made_from() {
        if before.iter().any(|old| old.id == hop.id && old.digest != hop.digest) {
            let marked = parts.catalog.mark_unsteady(&hop.id, parts.clock.now()).await;
            marked.map_err(|cause| of_store(&cause))?;
            changed = true;
        }
    }
    Ok(changed)
}

impl Rests {
    /// What a failed fetch rests on, and why it failed.
    pub(crate) fn without(&mut self, unfetched: &Unfetched) -> Failure {
        self.stamp = unfetched.stamp;
        for hop in &unfetched.hops {
            if !self.sources.contains(hop) {
                self.sources.push(hop.clone());
            }
        }
        unfetched.failure.clone()
    }
}

/// Writes discards that are not worked off into the documents of what was fetched: until then a digest from before them stands in the
/// way of the new one. Of one that is about nothing else there is no more to do.
pub(crate) async fn work_off(parts: &Parts, ledger: &Ledger, fetched: &[SourceRef]) -> Result<(), PortError> {
    for rule in ledger.open().filter(|rule| rule.scope != Scope::Unknown) {
        let own = fetched.iter().filter(|source| rule.scope.matches(*source));
        let own: Vec<SourceId> = own.map(|source| source.id.clone()).collect();
        if !own.is_empty() {
            if rule.is_switch() {
                // Who reads the documents takes it that everybody knows of it.
                parts.discards.reached(ledger.position()).await;
            }
            parts.catalog.outdate(&own, rule.below, parts.clock.now()).await?;
            delete_outdated(parts, &own, rule.below).await?;
            if matches!(rule.scope, Scope::Source(_)) {
                parts.catalog.close(&[rule.at]).await?;
            }
        }
    }
    Ok(())
}

/// Whether the bytes may stand for every source that they came from. The last hop is asked first: a redirect learns its digest
/// only when its target has accepted it.
async fn accept(parts: &Parts, all: &[Fetched]) -> Result<bool, PortError> {
    for fetched in all {
        let stamp = fetched.stamp;
        for (hop, validator) in fetched.hops.iter().zip(&fetched.validators).rev() {
            let now = parts.clock.now();
            let next = parts.rhythm.first_check(now, rand::random());
            let (id, digest) = (&hop.id, &hop.digest);
            let verdict = parts.catalog.accept_digest(id, digest, validator, stamp, now, next).await?;
            if verdict == DigestVerdict::Differs {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
