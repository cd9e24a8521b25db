//! What is refused, whatever else allows it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Block, BlockTarget};

/// The list of blocks. Who changes it writes here first and then has the [ledger tell](super::DiscardLog::tell_blocks) it, by which those who
/// keep the list in memory know that they have to read it again.
#[async_trait]
pub trait Blocks: Send + Sync {
    /// Keeps blocks; one whose target is blocked already is left as it is.
    ///
    /// # Errors
    /// The store cannot be reached; some may be kept.
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError>;

    /// Removes the block of a target, and answers it, if there was one.
    ///
    /// # Errors
    /// The store cannot be reached; it may or may not be removed.
    async fn unblock(&self, target: &BlockTarget) -> Result<Option<Block>, PortError>;

    /// How many there are beside those of `targets`.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn count_besides(&self, targets: &[BlockTarget]) -> Result<usize, PortError>;

    /// The blocks among the `limit` after `after`, in the order of kind and text. What a newer version has written is left out, and where
    /// the next page begins is told all the same.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn blocks(&self, after: Option<&BlockPlace>, limit: usize) -> Result<BlockPage, PortError>;
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPage {
    /// Those that can be read.
    pub blocks: Vec<Block>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<BlockPlace>,
}

/// A place in the list, after the block of this kind and text: also of one that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPlace {
    /// As stores call it, without a blank.
    pub kind: String,
    /// What it names.
    pub text: String,
}

impl fmt::Display for BlockPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.text)
    }
}

impl FromStr for BlockPlace {
    type Err = Infallible;

    fn from_str(place: &str) -> Result<Self, Infallible> {
        let (kind, text) = place.split_once(' ').unwrap_or((place, ""));
        Ok(Self { kind: kind.to_owned(), text: text.to_owned() })
    }
}
