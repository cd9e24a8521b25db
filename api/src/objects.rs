//! The object store, asked so that nobody waits for one that is away.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::ObjectName;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{ObjectBody, ObjectStore, PortError};

use crate::breaker::Breaker;

/// Opens objects: the answer must begin within the time of a question; its bytes may take as long as they come.
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    breaker: Breaker,
}

impl Objects {
    /// Those of `store`, which is looked for until it is time to stop when it is away.
    pub(crate) fn of(store: &Arc<dyn ObjectStore>, lifecycle: &Lifecycle) -> Self {
        let looked_for = Arc::clone(store);
        let look = move || {
            let store = Arc::clone(&looked_for);
            async move { store.ping().await }
        };
        Self { store: Arc::clone(store), breaker: Breaker::of("objects", lifecycle, look) }
    }

    /// As [`ObjectStore::open`].
    ///
    /// # Errors
    /// The store is away.
    pub(crate) async fn open(&self, name: &ObjectName) -> Result<Option<ObjectBody>, PortError> {
        self.breaker.ask(Duration::ZERO, self.store.open(name)).await
    }

    /// As [`ObjectStore::open_part`].
    ///
    /// # Errors
    /// The store is away.
    pub(crate) async fn open_part(
        &self,
        name: &ObjectName,
        part: Range<u64>,
    ) -> Result<Option<ObjectBody>, PortError> {
        self.breaker.ask(Duration::ZERO, self.store.open_part(name, part)).await
    }
}
