//! Discarding a source that was found to have changed, or to be gone.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;

use crate::Parts;
use crate::outdated::delete_outdated;

/// Discards a source and returns when nobody answers any more with what was made of it before, which is deleted some time later. The position;
/// `None` when the ledger takes no more discards of upkeep for now.
///
/// # Errors
/// The catalog cannot be reached. The source may or may not be discarded; repeating it is safe.
pub(crate) async fn discard(parts: &Parts, source: &SourceId) -> Result<Option<Seq>, PortError> {
    let discarded = parts.discards.discard_source(source, parts.clock.now()).await?;
    if let Some(at) = discarded {
        // What is left behind is not answered, and removed when it is rendered again, or for want of use.
        if let Err(cause) = delete_outdated(parts, std::slice::from_ref(source), at).await {
            tracing::warn!(%source, %cause, "what was made of a changed source was left behind");
        }
    }
    Ok(discarded)
}
