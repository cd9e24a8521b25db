//! The bytes of rendered pictures.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::PortError;
use crate::entry::ObjectName;

/// Immutable objects: a name is written once and never overwritten, so a reader needs no lock.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Keeps `body` under `name`; it is visible only when it is whole.
    ///
    /// # Errors
    /// The store cannot be reached; the object may or may not be there.
    async fn put(&self, name: &ObjectName, content_type: &str, body: Bytes) -> Result<(), PortError>;

    /// Opens an object for reading; `None` only when the store says that there is no such name. A bucket that is
    /// not there is an error, so that an outage never empties the catalog.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn open(&self, name: &ObjectName) -> Result<Option<ObjectBody>, PortError>;

    /// Opens a part of an object, which must not be empty; one that reaches beyond the object's end ends there. `None` as with
    /// [`ObjectStore::open`].
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn open_part(&self, name: &ObjectName, part: Range<u64>) -> Result<Option<ObjectBody>, PortError>;

    /// Removes an object; an absent one is fine.
    ///
    /// # Errors
    /// The store cannot be reached; the object may or may not be there.
    async fn delete(&self, name: &ObjectName) -> Result<(), PortError>;

    /// Up to `limit` names after `after`, in byte order.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn list(&self, after: Option<&ObjectName>, limit: usize) -> Result<Vec<ObjectName>, PortError>;

    /// Asks the store whether it answers.
    ///
    /// # Errors
    /// It does not.
    async fn ping(&self) -> Result<(), PortError>;
}

/// An open object. The stream ends with an error when fewer than `length` bytes arrive.
pub struct ObjectBody {
    /// Bytes that come.
    pub length: u64,
    /// Bytes of the whole object, of which this may be a part.
    pub whole: u64,
    /// The bytes, in pieces.
    pub bytes: BoxStream<'static, Result<Bytes, PortError>>,
}

impl ObjectBody {
    /// All of it.
    ///
    /// # Errors
    /// It ended early.
    pub async fn collect(self) -> Result<Bytes, PortError> {
        use futures::TryStreamExt as _;

        let capacity = usize::try_from(self.length).unwrap_or_default();
        let whole = self.bytes.try_fold(Vec::with_capacity(capacity), |mut whole, piece| async move {
            whole.extend_from_slice(&piece);
            Ok(whole)
        });
        Ok(Bytes::from(whole.await?))
    }
}
