//! The blocks that a process knows.
//!
//! A change of the list is written first, then told by the ledger. So who reads the list after it has read the ledger has all changes that the
//! ledger tells of, and a replica that follows the ledger here, before it says that it has applied it, refuses what was blocked from the
//! acknowledgement on.

use std::sync::{Arc, PoisonError, RwLock};

use crate::entry::{BlockList, BlockTarget, Ledger, Position, SourceRef};
use crate::ports::{Blocks, PortError};

/// Blocks that are read together.
const PAGE: usize = 1000;

/// The list, as it was at some position of the ledger or later.
pub struct KnownBlocks {
    blocks: Arc<dyn Blocks>,
    known: RwLock<Option<Known>>,
}

struct Known {
    at: Position,
    list: Arc<BlockList>,
}

impl KnownBlocks {
    /// Nothing is read yet.
    #[must_use]
    pub fn of(blocks: Arc<dyn Blocks>) -> Self {
        Self { blocks, known: RwLock::new(None) }
    }

    /// Has the list read again if it was changed after it was read last, as far as this state of the ledger tells.
    ///
    /// # Errors
    /// It cannot be read; what was known stays.
    pub async fn follow(&self, ledger: &Ledger) -> Result<(), PortError> {
        if self.tells(ledger) {
            return Ok(());
        }
        let mut targets: Vec<BlockTarget> = Vec::new();
        loop {
            let page = self.blocks.blocks(targets.last(), PAGE).await?;
            if page.is_empty() {
                break;
            }
            targets.extend(page.into_iter().map(|block| block.target));
        }
        let (at, list) = (ledger.position(), Arc::new(BlockList::of(targets)));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Another may have read a newer one meanwhile.
        if !known.as_ref().is_some_and(|known| known.at.covers(&at)) {
            *known = Some(Known { at, list });
        }
        Ok(())
    }

    /// The first of these that is refused, as far as is known.
    pub fn against<'a>(&self, sources: impl IntoIterator<Item = &'a SourceRef>) -> Option<&'a SourceRef> {
        let list = self.known().as_ref().map(|known| Arc::clone(&known.list))?;
        sources.into_iter().find(|source| list.covers(source))
    }

    fn tells(&self, ledger: &Ledger) -> bool {
        let changed = Position { seq: ledger.blocks_at, ..ledger.position() };
        self.known().as_ref().is_some_and(|known| known.at.covers(&changed))
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, Option<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}
