//! Keeping a picture. The only writer of entries and objects.

use bytes::Bytes;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::ports::{Catalog, ObjectStore, PortError, Recorded};

/// Keeps a picture and answers the entry that now counts: this one, or one as good that was there first.
///
/// The order of writes, and what a crash after each leaves:
/// 1. the object: an orphan: nobody can find it, and nothing removes it until there is an orphan scan;
/// 2. the entry: a hit. Who waits hears of it by looking, if not by the announcement that follows.
///
/// # Errors
/// A store cannot be reached. The picture may be kept all the same; a later request finds it or renders it again.
pub(crate) async fn persist(
    catalog: &dyn Catalog,
    objects: &dyn ObjectStore,
    entry: Entry,
    bytes: Bytes,
) -> Result<Entry, PortError> {
    objects.put(&entry.object, &entry.content_type, bytes).await?;
    match catalog.record(&entry).await? {
        // The replaced object may have a reader still; it is an orphan now.
        Recorded::Kept { replaced: _ } => Ok(entry),
        Recorded::Stays(there) => {
            // Nobody ever saw the name of this one. What cannot be deleted now is an orphan.
            if there.object != entry.object
                && let Err(cause) = objects.delete(&entry.object).await
            {
                tracing::warn!(object = %entry.object, %cause, "an object that nobody needs was left behind");
            }
            Ok(*there)
        }
    }
}
