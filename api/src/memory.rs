//! The memory tier: bytes by the name of their object, which never changes, so nothing in it can be stale. Whether an
//! object may be answered is asked of the catalog each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, ObjectName};
use imcaxy_shared::ports::{ObjectStore, PortError};
use moka::future::Cache;

use crate::cache_status::Tier;

/// Bytes that the cache needs for an object beside the object's own.
const OVERHEAD: u32 = 256;
/// The largest object that is held; larger ones are streamed from the store for each request.
const LARGEST: u64 = 8 << 20;

/// Objects in memory, bounded by their size.
pub(crate) struct MemoryTier {
    objects: Cache<ObjectName, Bytes>,
    largest: u64,
}

/// Bytes and where they were.
pub(crate) struct Held {
    pub bytes: Bytes,
    pub tier: Tier,
}

/// Why reading an object gave no bytes.
enum Unread {
    Absent,
    Failed(PortError),
}

impl MemoryTier {
    /// A tier of at most `capacity` bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        let weight = |_: &ObjectName, bytes: &Bytes| {
            u32::try_from(bytes.len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD)
        };
        let objects = Cache::builder().max_capacity(capacity).weigher(weight).build();
        Self { objects, largest: LARGEST.min(capacity / 8) }
    }

    /// Whether an object of `size` bytes is held at all.
    pub(crate) const fn holds(&self, size: u64) -> bool {
        size <= self.largest
    }

    /// Where an entry's bytes would come from now.
    pub(crate) fn tier_of(&self, entry: &Entry) -> Tier {
        if self.objects.contains_key(&entry.object) { Tier::Memory } else { Tier::Store }
    }

    /// Holds bytes that were just rendered and recorded.
    pub(crate) async fn insert(&self, entry: &Entry, bytes: Bytes) {
        if self.holds(entry.size) {
            self.objects.insert(entry.object.clone(), bytes).await;
        }
    }

    /// The bytes of an object, read from the store once however many ask at the same time; `None` when the store does
    /// not have it.
    pub(crate) async fn get_or_read(
        &self,
        entry: &Entry,
        objects: &dyn ObjectStore,
    ) -> Result<Option<Held>, PortError> {
        let was_read = AtomicBool::new(false);
        let read = async {
            was_read.store(true, Ordering::Relaxed);
            let object = objects.open(&entry.object).await.map_err(Unread::Failed)?.ok_or(Unread::Absent)?;
            let bytes = object.collect().await.map_err(Unread::Failed)?;
            // Other bytes than were recorded are as good as none.
            if Entry::etag_of(&bytes) == entry.etag { Ok(bytes) } else { Err(Unread::Absent) }
        };
        let held = self.objects.try_get_with_by_ref(&entry.object, read).await;
        match held.map_err(|unread: Arc<Unread>| unread) {
            Ok(bytes) if was_read.load(Ordering::Relaxed) => Ok(Some(Held { bytes, tier: Tier::Store })),
            Ok(bytes) => Ok(Some(Held { bytes, tier: Tier::Memory })),
            Err(unread) => match &*unread {
                Unread::Absent => Ok(None),
                Unread::Failed(cause) => Err(cause.again()),
            },
        }
    }
}
