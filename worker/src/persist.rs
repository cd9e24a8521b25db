//! Keeping a picture. The only writer of entries and objects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, NextPicture, ObjectName};
use imcaxy_shared::jobs::{Delete, JobKind};
use imcaxy_shared::ports::{OutboxId, OutboxItem, PortError, Prepared, Recorded};

use crate::Parts;

/// How long an object is left that no entry names any more: whoever found it in its entry may still be reading it.
pub(crate) const READERS_LEAVE: Duration = Duration::from_secs(60);

/// Keeps a picture and answers the entry that now counts: this one, or one as good that was there first.
///
/// The order of writes, and what a crash after each leaves:
/// 1. the object: an orphan: nobody can find it, and nothing removes it until there is an orphan scan;
/// 2. the entry: a hit. Who waits hears of it by looking, if not by the announcement that follows. The object that it replaced,
///    if any, is an orphan;
/// 3. the deletion of what it replaced, in the outbox: nothing is left over.
///
/// # Errors
/// A store cannot be reached. The picture may be kept all the same; a later request finds it or renders it again.
pub(crate) async fn persist(parts: Arc<Parts>, entry: Entry, bytes: Bytes) -> Result<Entry, PortError> {
    parts.objects.put(&entry.object, &entry.content_type, bytes).await?;
    match parts.catalog.record(&entry).await? {
        Recorded::Kept { replaced } => {
            for object in replaced.into_iter().filter(|replaced| *replaced != entry.object) {
                delete_later(&parts, object).await;
            }
            Ok(entry)
        }
        Recorded::Stays(there) => {
            // Nobody ever saw the name of this one. What cannot be deleted now is an orphan.
            if there.object != entry.object
                && let Err(cause) = parts.objects.delete(&entry.object).await
            {
                tracing::warn!(object = %entry.object, %cause, "an object that nobody needs was left behind");
            }
            Ok(*there)
        }
    }
}

/// Has a picture wait in the place of its entry.
///
/// The order of writes, and what a crash after each leaves: the object: an orphan; that it waits: it is not rendered again for the same switch,
/// and what it replaced, if anything, is an orphan; the deletion of that: nothing is left over.
///
/// # Errors
/// A store cannot be reached.
pub(crate) async fn prepare(parts: Arc<Parts>, made: Entry, bytes: Bytes) -> Result<(), PortError> {
    parts.objects.put(&made.object, &made.content_type, bytes).await?;
    let (key, next) = (made.key.clone(), NextPicture::of(made));
    match parts.catalog.prepare(&key, &next).await? {
        Prepared::Kept { replaced: Some(replaced) } => delete_later(&parts, replaced).await,
        Prepared::Kept { replaced: None } => {}
        // Its entry went, or another was as fast.
        Prepared::Useless => parts.objects.delete(&next.object).await?,
    }
    Ok(())
}

/// Has an object deleted when its readers have gone. What cannot be put into the outbox now is an orphan; the picture is kept.
async fn delete_later(parts: &Parts, object: ObjectName) {
    let delete = Delete::Object { object: object.clone() };
    if let Err(cause) = put_deletion(parts, delete, READERS_LEAVE).await {
        tracing::warn!(%object, %cause, "an object that was replaced was left behind");
    }
}

/// Has something deleted when `delay` has passed. Asking for it twice changes nothing.
///
/// # Errors
/// The outbox cannot be reached.
pub(crate) async fn put_deletion(parts: &Parts, delete: Delete, delay: Duration) -> Result<(), PortError> {
    let id = OutboxId::deletion(&delete);
    let item = OutboxItem::new(id, &JobKind::Delete(delete), parts.clock.now(), delay);
    parts.outbox.put(&[item.map_err(|cause| PortError::unusable("outbox", cause))?]).await
}
