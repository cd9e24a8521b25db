//! Removing an object that no entry names any more, or one that does not count.

use imcaxy_shared::entry::{Doubt, Entry, Found, Ledger, ObjectName};
use imcaxy_shared::jobs::Delete;
use imcaxy_shared::ports::{OutboxId, PortError};

use crate::Parts;
use crate::persist::{READERS_LEAVE, put_deletion};

/// Who names an object.
enum Named {
    /// An entry, or what waits in its place, that was made before one of its sources was discarded.
    Outdated {
        /// What waits in the place of the entry that names it, and is outdated as well.
        next: Option<ObjectName>,
    },
    /// One that no discard speaks against.
    Counts,
    Nobody,
}

/// Removes an entry that still names the object and was outdated by a discard, then the object, and closes the item of the outbox that asked
/// for it. What waits in the place of the entry takes it, if it is not outdated, too. An object that is named otherwise is left alone: a write
/// of which nobody knew whether it took place has brought its entry back.
///
/// What a crash leaves after the deletion of what waits is put into the outbox: nothing, for it asks who names its object; after the entry is
/// removed: an object that nobody can find; after the object is removed: nothing. In the last two cases the item is open and due again, and
/// deleting the absent is fine.
pub(super) async fn delete(parts: &Parts, object: &ObjectName) -> Result<(), PortError> {
    match named_by(parts, object).await? {
        Named::Counts => {
            tracing::info!(%object, "an object is named by an entry again and is left alone");
        }
        Named::Outdated { next } => {
            if let Some(next) = next {
                // It may have been answered until a moment ago.
                put_deletion(parts, Delete::Object { object: next }, READERS_LEAVE).await?;
            }
            if let Some(key) = object.key() {
                parts.catalog.forget(&key, object).await?;
            }
            parts.objects.delete(object).await?;
        }
        Named::Nobody => parts.objects.delete(object).await?,
    }
    parts.outbox.close(&OutboxId::deletion(&Delete::Object { object: object.clone() })).await
}

async fn named_by(parts: &Parts, object: &ObjectName) -> Result<Named, PortError> {
    let Some(key) = object.key() else { return Ok(Named::Nobody) };
    // Before the documents: a rule that is dropped from it afterwards is in them by then.
    let ledger = parts.catalog.ledger().await?;
    let found = parts.catalog.find(&key, &[]).await?;
    let next = found.next();
    let outdated_next = next.filter(|next| is_outdated(next, &ledger));
    Ok(match (&found.entry, &outdated_next) {
        (_, Some(Found { entry: Some(next), .. })) if next.object == *object => {
            Named::Outdated { next: None }
        }
        (Some(Entry { next: Some(next), .. }), _) if next.object == *object => Named::Counts,
        (Some(entry), _) if entry.object == *object && is_outdated(&found, &ledger) => {
            let next = outdated_next.and_then(|next| next.entry).map(|next| next.object);
            Named::Outdated { next }
        }
        (Some(entry), _) if entry.object == *object => Named::Counts,
        _ => Named::Nobody,
    })
}

/// Whether a discard speaks against the entry.
fn is_outdated(found: &Found, ledger: &Ledger) -> bool {
    let discarded = |doubt| matches!(doubt, Doubt::Discarded(_) | Doubt::Ruled(_));
    found.doubts(ledger).any(|(_, doubt)| discarded(doubt))
}
