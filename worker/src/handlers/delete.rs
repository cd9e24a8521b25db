//! Removing an object that no entry names any more.

use imcaxy_shared::jobs::Delete;
use imcaxy_shared::ports::{OutboxId, PortError};

use crate::Parts;

/// Removes the object and closes the item of the outbox that asked for it. An object that is named again is left alone: a write
/// of which nobody knew whether it took place has brought its entry back.
///
/// What a crash leaves after the object is removed: an open item. It is due again, and deleting the absent is fine.
pub(super) async fn delete(parts: &Parts, job: &Delete) -> Result<(), PortError> {
    if is_named(parts, job).await? {
        tracing::info!(object = %job.object, "an object is named by an entry again and is left alone");
    } else {
        parts.objects.delete(&job.object).await?;
    }
    parts.outbox.close(&OutboxId::deletion(&job.object)).await
}

async fn is_named(parts: &Parts, job: &Delete) -> Result<bool, PortError> {
    let Some(key) = job.object.key() else { return Ok(false) };
    let found = parts.catalog.find(&key, &[]).await?;
    Ok(found.entry.is_some_and(|entry| entry.object == job.object))
}
