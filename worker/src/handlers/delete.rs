//! Removing an object that no entry names any more, or one that does not count.

use imcaxy_shared::entry::Doubt;
use imcaxy_shared::jobs::Delete;
use imcaxy_shared::ports::{OutboxId, PortError};

use crate::Parts;

/// Who names an object.
enum Named {
    /// An entry that was made before one of its sources was discarded.
    Outdated,
    /// An entry that no discard speaks against.
    Counts,
    Nobody,
}

/// Removes an entry that still names the object and was outdated by a discard, then the object, and closes the item of the outbox that asked
/// for it. An object that is named otherwise is left alone: a write of which nobody knew whether it took place has brought its entry back.
///
/// What a crash leaves after the entry is removed: an object that nobody can find; after the object is removed: nothing. In both cases the item
/// is open and due again, and deleting the absent is fine.
pub(super) async fn delete(parts: &Parts, job: &Delete) -> Result<(), PortError> {
    match named_by(parts, job).await? {
        Named::Counts => {
            tracing::info!(object = %job.object, "an object is named by an entry again and is left alone");
        }
        Named::Outdated => {
            if let Some(key) = job.object.key() {
                parts.catalog.forget(&key, &job.object).await?;
            }
            parts.objects.delete(&job.object).await?;
        }
        Named::Nobody => parts.objects.delete(&job.object).await?,
    }
    parts.outbox.close(&OutboxId::deletion(&job.object)).await
}

async fn named_by(parts: &Parts, job: &Delete) -> Result<Named, PortError> {
    let Some(key) = job.object.key() else { return Ok(Named::Nobody) };
    // Before the documents: a rule that is dropped from it afterwards is in them by then.
    let ledger = parts.catalog.ledger().await?;
    let found = parts.catalog.find(&key, &[]).await?;
    if found.entry.as_ref().is_none_or(|entry| entry.object != job.object) {
        return Ok(Named::Nobody);
    }
    let discarded = |doubt| matches!(doubt, Doubt::Discarded(_) | Doubt::Ruled(_));
    let is_outdated = found.doubts(&ledger).any(|(_, doubt)| discarded(doubt));
    Ok(if is_outdated { Named::Outdated } else { Named::Counts })
}
