//! Passing on a picture that is not kept and is too large for the news: those who wait read it from the object store.

use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::jobs::Delete;
use imcaxy_shared::ports::PortError;

use crate::Parts;
use crate::persist::put_deletion;

/// How long a picture is lent: those who wait are told at once, and read it within a minute; writing it takes half of one at most.
const LENT: Duration = Duration::from_secs(90);

/// Puts the picture where those who hear its object's name can read it.
///
/// The order of writes, and what a crash after each leaves:
/// 1. the deletion, in the outbox: it deletes what is not there, which is fine;
/// 2. the object: it is deleted when its time has come.
///
/// # Errors
/// A store cannot be reached.
pub(crate) async fn lend(parts: &Parts, entry: &Entry, bytes: Bytes) -> Result<(), PortError> {
    put_deletion(parts, Delete::Object { object: entry.object.clone() }, LENT).await?;
    parts.objects.put(&entry.object, &entry.content_type, bytes).await
}
