//! What follows when sources were discarded: the bytes of what was made from them before are deleted.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceId;

use crate::Parts;
use crate::persist::{READERS_LEAVE, deletion};

/// Entries that are looked at together.
const PAGE: usize = 500;

/// Has every entry deleted that was made from one of these sources before `below`, with its bytes, when its readers have gone. By then it may
/// be another's: who deletes asks once more. Doing it twice changes nothing.
///
/// # Errors
/// The catalog or the outbox cannot be reached; some may be in the outbox.
pub(crate) async fn delete_outdated(
    parts: &Parts,
    sources: &[SourceId],
    below: Seq,
) -> Result<(), PortError> {
    let mut after = None;
    loop {
        let (made, next) = parts.catalog.made_from(sources, below, after.as_ref(), PAGE).await?;
        let items = made.iter().map(|made| deletion(parts, &made.object, READERS_LEAVE));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        if !items.is_empty() {
            parts.outbox.put(&items).await?;
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
