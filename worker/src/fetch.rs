//! Fetching a source through its redirects.

use bytes::Bytes;
use imcaxy_shared::entry::{Digest, MadeFrom, Seq, SourceRef, Validator};
use imcaxy_shared::jobs::{Failure, FailureCode, RenderJob};
use imcaxy_shared::request::SourceUrl;
use tokio::time::{Instant, timeout_at};

use crate::Parts;
use crate::failure::of_store;
use crate::origin::{Hop, Kind, Media};

/// What was fetched for a render.
pub(crate) struct Fetched {
    /// The bytes of the picture, of a type that is decoded.
    pub bytes: Bytes,
    /// The source and every hop of its redirects.
    pub sources: Vec<MadeFrom>,
    /// By which it can be asked whether they have changed.
    pub validator: Validator,
}

/// Fetches the source of a job, `sources.timeout` for all that origins take. Every hop has its document before it is asked,
/// so that a discard of it cannot be missed. `hops` is the source, to which every hop that is reached is added, also when the fetch
/// fails later.
///
/// # Errors
/// Everything that is not the whole of a picture that can be decoded.
pub(crate) async fn fetch(
    parts: &Parts,
    job: &RenderJob,
    stamp: Seq,
    hops: &mut Vec<SourceRef>,
) -> Result<Fetched, Failure> {
    let deadline = Instant::now() + parts.source_timeout;
    let mut url = job.url.clone();
    admit(parts, &job.source, &url, stamp).await?;
    let (bytes, validator) = loop {
        match timeout_at(deadline, parts.origin.get(&url)).await.unwrap_or_else(|_| Err(slow()))? {
            Hop::Body(bytes, validator) => break (bytes, validator),
            Hop::Redirect(_) if hops.len() > parts.max_redirects => {
                let message = format!("the source redirects more than {} times", parts.max_redirects);
                return Err(Failure::new(FailureCode::SourceFailed, message));
            }
            Hop::Redirect(target) => {
                let hop = SourceRef::of(&target, &parts.ignored);
                admit(parts, &hop, &target, stamp).await?;
                hops.push(hop);
                url = target;
            }
        }
    };
    decodable(&bytes)?;
    let digest = Digest::of(&bytes);
    let sources = hops.iter().map(|hop| MadeFrom::new(hop.clone(), digest.clone())).collect();
    Ok(Fetched { bytes, sources, validator })
}

async fn admit(parts: &Parts, source: &SourceRef, url: &SourceUrl, stamp: Seq) -> Result<(), Failure> {
    let admitted = parts.catalog.admit(source, url.host(), stamp, parts.clock.now()).await;
    admitted.map_err(|cause| of_store(&cause))
}

fn decodable(bytes: &[u8]) -> Result<(), Failure> {
    match Media::of(bytes) {
        Some(Media { kind: Kind::Raster, .. }) => Ok(()),
        Some(media) => {
            let message = format!("the source is {}, which is not decoded", media.name);
            Err(Failure::new(FailureCode::UnsupportedType, message))
        }
        None => Err(Failure::new(FailureCode::NotAnImage, "the source is not an image of a known type")),
    }
}

fn slow() -> Failure {
    Failure::new(FailureCode::SourceFailed, "the source took longer than sources.timeout")
}
