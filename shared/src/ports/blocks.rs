//! What is refused, whatever else allows it.

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Block, BlockTarget};

/// The list of blocks. Who changes it writes here first and then commits a [discard](super::Catalog::append_for_blocks) of what is changed,
/// by which those who keep the list in memory know that they have to read it again.
#[async_trait]
pub trait Blocks: Send + Sync {
    /// Keeps blocks; one whose target is blocked already is left as it is.
    ///
    /// # Errors
    /// The store cannot be reached; some may be kept.
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError>;

    /// Removes the block of a target; false when there was none.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be removed.
    async fn unblock(&self, target: &BlockTarget) -> Result<bool, PortError>;

    /// Up to `limit` blocks after `after`, in the order of kind and text. What a newer version has written is left out.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn blocks(&self, after: Option<&BlockTarget>, limit: usize) -> Result<Vec<Block>, PortError>;
}
