//! What follows when sources were discarded: what was made from them before is deleted.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Delete, Outdated};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;

use crate::Parts;
use crate::persist::put_deletion;

/// Has every entry deleted that was made from one of these sources before `below`, with its bytes, when no render that had begun by now can
/// record another. It costs as little for many entries as for few. Doing it twice changes nothing.
///
/// # Errors
/// The outbox cannot be reached.
pub(crate) async fn delete_outdated(
    parts: &Parts,
    sources: &[SourceId],
    below: Seq,
) -> Result<(), PortError> {
    if sources.is_empty() {
        return Ok(());
    }
    let outdated = Outdated { sources: sources.to_vec(), below };
    put_deletion(parts, Delete::Outdated(outdated), parts.renders_end).await
}
