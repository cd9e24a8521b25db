//! Fetching one source through its redirects.

use bytes::Bytes;
use imcaxy_shared::entry::{Digest, MadeFrom, Seq, SourceRef, Validator};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceUrl;
use imcaxy_shared::samples::Sample;
use tokio::time::{Instant, timeout_at};

use crate::Parts;
use crate::failure::of_store;
use crate::origin::{Bound, Hop, Picture};

/// What is to be fetched.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub url: &'a SourceUrl,
    /// As the catalog names it.
    pub source: &'a SourceRef,
    /// How much of it is read.
    pub bound: Bound,
}

/// A source that was fetched.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    /// The bytes of the picture, of a type that is decoded.
    pub bytes: Bytes,
    /// What they are.
    pub picture: Picture,
    /// The source and every hop of its redirects.
    pub hops: Vec<MadeFrom>,
    /// Of each of these, by what it can be asked whether they have changed. What the origin said of the version it said of the last.
    pub validators: Vec<Validator>,
    /// Whether the origin of one of them does not want it kept.
    pub private: bool,
    /// A position of the ledger that was read before the fetch began.
    pub stamp: Seq,
    /// When the fetch ended.
    pub ended: Instant,
}

/// A source that was not.
#[derive(Debug)]
pub(crate) struct Unfetched {
    pub failure: Failure,
    /// The source and every hop that was reached.
    pub hops: Vec<SourceRef>,
    /// As of what was fetched.
    pub stamp: Seq,
    /// How much of it would have been read.
    pub bound: Bound,
}

impl Unfetched {
    /// Whether it would have been fetched within a larger bound, as far as is known.
    pub(crate) fn may_fit_in(&self, bound: Bound) -> bool {
        self.failure.code == FailureCode::SourceTooLarge && self.bound.bytes() < bound.bytes()
    }
}

/// What a fetch leaves in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// Every hop has its document before it is asked, so that a discard of it cannot be missed.
    Documents,
    /// Nothing: nobody is to find again what is made of it.
    Nothing,
}

/// Fetches a target, `sources.timeout` for all that origins take and for waiting for a place at them.
///
/// # Errors
/// Everything that is not the whole of a picture that can be decoded, and a store that is away.
pub(crate) async fn fetch(
    parts: &Parts,
    target: Target<'_>,
    stamp: Seq,
    records: Records,
) -> Result<Fetched, Unfetched> {
    let mut hops = vec![target.source.clone()];
    match follow(parts, target, stamp, records, &mut hops).await {
        Ok(Whole { bytes, picture, validators, private }) => {
            let digest = Digest::of(&bytes);
            let hops = hops.into_iter().map(|hop| MadeFrom::new(hop, digest.clone())).collect();
            Ok(Fetched { bytes, picture, hops, validators, private, stamp, ended: Instant::now() })
        }
        Err(failure) => Err(Unfetched { failure, hops, stamp, bound: target.bound }),
    }
}

/// What stands at the end of the redirects.
struct Whole {
    bytes: Bytes,
    picture: Picture,
    /// One for each hop.
    validators: Vec<Validator>,
    private: bool,
}

/// Goes from hop to hop, of which `hops` holds the first, until there is a picture.
async fn follow(
    parts: &Parts,
    target: Target<'_>,
    stamp: Seq,
    records: Records,
    hops: &mut Vec<SourceRef>,
) -> Result<Whole, Failure> {
    let deadline = Instant::now() + parts.source_timeout;
    let (mut url, mut private) = (target.url.clone(), false);
    let mut validators = vec![unsaid(target.source, target.url)];
    for hop in hops.iter() {
        refuse_blocked(parts, hop)?;
        admit(parts, hop, &url, stamp, records).await?;
    }
    // Only where a request names it: where an origin redirects to is checked and asked for, whatever it is.
    if let Some(sample) = parts.samples.named(&url) {
        let (bytes, picture) = drawn(parts, sample, target.bound).await?;
        return Ok(Whole { bytes, picture, validators, private });
    }
    loop {
        let hop = async {
            let _place = parts.places.place(url.host()).await;
            parts.origin.get(&url, target.bound).await
        };
        let reached = timeout_at(deadline, hop).await.unwrap_or_else(|_| Err(slow()))?;
        private |= reached.private && !parts.store_private;
        match reached.hop {
            Hop::Body(bytes, said) => {
                let picture = parts.origin.picture(&bytes).await?;
                if let Some(last) = validators.last_mut() {
                    *last = Validator { whole_url: last.whole_url, ..said };
                }
                return Ok(Whole { bytes, picture, validators, private });
            }
            Hop::Redirect(_) if hops.len() > parts.max_redirects => {
                let message = format!("the source redirects more than {} times", parts.max_redirects);
                return Err(Failure::new(FailureCode::SourceFailed, message));
            }
            Hop::Redirect(next) => {
                let hop = SourceRef::of(&next, &parts.ignored);
                // It is of the outcome also where it is refused, so that unblocking it outdates that.
                hops.push(hop.clone());
                validators.push(unsaid(&hop, &next));
                refuse_blocked(parts, &hop)?;
                admit(parts, &hop, &next, stamp, records).await?;
                url = next;
            }
        }
    }
}

/// Of a version of which its origin has said nothing.
fn unsaid(source: &SourceRef, url: &SourceUrl) -> Validator {
    Validator { whole_url: source.is_whole(url), ..Validator::default() }
}

/// A picture of this process. For its size is what holds for every source.
async fn drawn(parts: &Parts, sample: Sample, bound: Bound) -> Result<(Bytes, Picture), Failure> {
    let bytes = parts.samples.read(sample).await?.bytes;
    if bytes.len() as u64 > bound.bytes() {
        return Err(bound.exceeded());
    }
    let picture = parts.origin.picture(&bytes).await?;
    Ok((bytes, picture))
}

/// Before anything is asked of it.
fn refuse_blocked(parts: &Parts, source: &SourceRef) -> Result<(), Failure> {
    match parts.blocks.against([source]) {
        Some(blocked) => Err(Failure::blocked(&blocked.url)),
        None => Ok(()),
    }
}

async fn admit(
    parts: &Parts,
    source: &SourceRef,
    url: &SourceUrl,
    stamp: Seq,
    records: Records,
) -> Result<(), Failure> {
    if records == Records::Nothing {
        return Ok(());
    }
    let admitted = async {
        let is_new = parts.catalog.admit(source, url.host(), stamp, parts.clock.now()).await?;
        // Its document was lost: what was made before is found by nobody, but replicas may hold it.
        if is_new && parts.catalog.is_used(&source.id).await? {
            parts.discards.discard_source(&source.id, parts.clock.now()).await?;
        }
        Ok(())
    };
    admitted.await.map_err(|cause: PortError| of_store(&cause))
}

fn slow() -> Failure {
    Failure::new(FailureCode::SourceFailed, "the source took longer than sources.timeout")
}
