//! The memory tier: bytes by the name of their object, which never changes, so nothing in it can be stale. Whether an
//! object may be answered is asked of the catalog each time.
//!
//! Bytes take room for as long as anybody has them, readers that are slow and what the tier has let go included: so much is in memory at
//! most, however many ask, and what finds no room is not held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, ObjectName};
use imcaxy_shared::ports::{ObjectBody, PortError};
use moka::future::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cache_status::Tier;

/// Bytes that the cache needs for an object beside the object's own.
const OVERHEAD: u32 = 256;
/// The largest object that is held; larger ones are streamed from the store for each request.
const LARGEST: u64 = 8 << 20;

/// Objects in memory, bounded by their size.
pub(crate) struct MemoryTier {
    objects: Cache<ObjectName, Bytes>,
    largest: u64,
    /// For bytes that are held, and as much again for those that are read or sent.
    room: Arc<Semaphore>,
}

/// What came of asking for an object's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// The bytes, and where they were.
    Held { bytes: Bytes, tier: Tier },
    /// The store does not have them.
    Absent,
    /// They are not to be held: it is too large, or there is no room.
    NoRoom,
}

/// Why reading an object gave no bytes.
enum Unread {
    Absent,
    NoRoom,
    Failed(PortError),
}

/// Bytes in their room, which is free when the last who has them has dropped them.
struct Roomed {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Roomed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl MemoryTier {
    /// A tier of at most `capacity` bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        let weight = |_: &ObjectName, bytes: &Bytes| {
            u32::try_from(bytes.len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD)
        };
        let objects = Cache::builder().max_capacity(capacity).weigher(weight).build();
        let room = usize::try_from(capacity.saturating_mul(2)).unwrap_or(usize::MAX);
        let room = Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS)));
        Self { objects, largest: LARGEST.min(capacity / 8), room }
    }

    /// Where an entry's bytes would come from now.
    pub(crate) fn tier_of(&self, entry: &Entry) -> Tier {
        if self.objects.contains_key(&entry.object) { Tier::Memory } else { Tier::Store }
    }

    /// Holds bytes that were just rendered and recorded.
    pub(crate) async fn insert(&self, entry: &Entry, bytes: Bytes) {
        if let Some(room) = self.room_for(entry).await {
            self.objects.insert(entry.object.clone(), within(room, bytes)).await;
        }
    }

    /// The bytes of an object, which `opening` reads from the store, once however many ask at the same time.
    ///
    /// # Errors
    /// The store is away.
    pub(crate) async fn get_or_read(
        &self,
        entry: &Entry,
        opening: impl Future<Output = Result<Option<ObjectBody>, PortError>>,
    ) -> Result<Got, PortError> {
        let was_read = AtomicBool::new(false);
        let read = async {
            was_read.store(true, Ordering::Relaxed);
            let room = self.room_for(entry).await.ok_or(Unread::NoRoom)?;
            let object = opening.await.map_err(Unread::Failed)?;
            // Other bytes than were recorded are as good as none.
            let object = object.filter(|object| object.length == entry.size).ok_or(Unread::Absent)?;
            let bytes = object.collect().await.map_err(Unread::Failed)?;
            if Entry::etag_of(&bytes) == entry.etag { Ok(within(room, bytes)) } else { Err(Unread::Absent) }
        };
        let held = self.objects.try_get_with_by_ref(&entry.object, read).await;
        match held.map_err(|unread: Arc<Unread>| unread) {
            Ok(bytes) if was_read.load(Ordering::Relaxed) => Ok(Got::Held { bytes, tier: Tier::Store }),
            Ok(bytes) => Ok(Got::Held { bytes, tier: Tier::Memory }),
            Err(unread) => match &*unread {
                Unread::Absent => Ok(Got::Absent),
                Unread::NoRoom => Ok(Got::NoRoom),
                Unread::Failed(cause) => Err(cause.again()),
            },
        }
    }

    /// Room for an entry's bytes, if there is any; at least one object finds it, since none is larger than an eighth of the tier.
    async fn room_for(&self, entry: &Entry) -> Option<OwnedSemaphorePermit> {
        let size = u32::try_from(entry.size).ok().filter(|_| entry.size <= self.largest)?;
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(size) {
            return Some(room);
        }
        // What has to go goes when the cache tidies up.
        self.objects.run_pending_tasks().await;
        Arc::clone(&self.room).try_acquire_many_owned(size).ok()
    }
}

fn within(room: OwnedSemaphorePermit, bytes: Bytes) -> Bytes {
    Bytes::from_owner(Roomed { bytes, _room: room })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt as _;
    use imcaxy_shared::entry::Seq;
    use imcaxy_shared::testing::build;

    const SIZE: usize = 1 << 10;

    fn entry() -> Entry {
        let bytes = [7; SIZE];
        Entry {
            size: SIZE as u64,
            etag: Entry::etag_of(&bytes),
            ..build::entry("http://a.test/1.jpg", Seq::ZERO)
        }
    }

    async fn read(tier: &MemoryTier, entry: &Entry, length: usize) -> Got {
        let pieces = futures::stream::iter([Ok(Bytes::from(vec![7; length]))]).boxed();
        let object = ObjectBody { length: length as u64, whole: length as u64, bytes: pieces };
        tier.get_or_read(entry, std::future::ready(Ok(Some(object)))).await.expect("an answer")
    }

    #[tokio::test]
    async fn what_slow_readers_have_takes_room_and_without_room_nothing_is_read_whole() {
        let tier = MemoryTier::new(8 * SIZE as u64);
        let mut readers = Vec::new();
        loop {
            match read(&tier, &entry(), SIZE).await {
                Got::Held { bytes, tier } => readers.push((bytes, tier)),
                end => break assert_eq!(end, Got::NoRoom),
            }
        }
        assert_eq!(readers.len(), 16, "as much as is held, and as much again");
        assert!(readers.iter().all(|(bytes, tier)| bytes.len() == SIZE && *tier == Tier::Store));
        readers.clear();
        let again = entry();
        assert!(matches!(read(&tier, &again, SIZE).await, Got::Held { tier: Tier::Store, .. }));
        assert!(matches!(read(&tier, &again, SIZE).await, Got::Held { tier: Tier::Memory, .. }));
    }

    #[tokio::test]
    async fn what_is_too_large_or_has_another_length_is_not_held() {
        let tier = MemoryTier::new(8 * SIZE as u64);
        assert_eq!(read(&tier, &entry(), 2 * SIZE).await, Got::Absent);
        let large = Entry { size: SIZE as u64 + 1, ..entry() };
        assert_eq!(read(&tier, &large, SIZE + 1).await, Got::NoRoom);
        assert_eq!(read(&MemoryTier::new(0), &entry(), SIZE).await, Got::NoRoom);
    }
}
