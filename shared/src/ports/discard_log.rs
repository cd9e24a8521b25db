//! The ledger of discards: what outdates what, in one order.

use std::sync::Arc;

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Ledger, Position, Scope, Seq};

/// Where discards are committed. It is part of a [`Catalog`](super::Catalog): what that answers is judged by the ledger of the same store.
#[async_trait]
pub trait DiscardLog: Send + Sync {
    /// Reads the ledger, as committed when the call began or later.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn ledger(&self) -> Result<Ledger, PortError>;

    /// The same for one who has read it before: what is new is read, the rest is taken from `known`, and which of its rules were
    /// closed since is not told. When nothing is new it is `known` itself.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn ledger_since(&self, known: &Arc<Ledger>) -> Result<Arc<Ledger>, PortError>;

    /// Commits discards, all or none of them: one write, which moves the ledger's position on by one for each and appends their
    /// rules, open. From then on nothing of their scopes that was made before counts; nobody need write anything else for that.
    /// None is committed where more than `most_open` rules would then be open.
    ///
    /// # Errors
    /// The store cannot be reached. The discards may or may not be committed; repeating them is safe.
    async fn append(&self, scopes: &[Scope], most_open: usize) -> Result<Appended, PortError>;

    /// The same for discards of what is below `below` alone: what was prepared since that position takes the place of what they outdate.
    ///
    /// # Errors
    /// As of [append](DiscardLog::append).
    async fn append_below(
        &self,
        scopes: &[Scope],
        below: Seq,
        most_open: usize,
    ) -> Result<Appended, PortError>;

    /// Tells that blocks were changed, by a rule that outdates nothing: its position becomes [`Ledger::blocks_at`], and is answered. It is
    /// never open, so there is always room for it.
    ///
    /// # Errors
    /// The store cannot be reached. It may or may not be told; repeating it is safe.
    async fn tell_blocks(&self) -> Result<Position, PortError>;

    /// Moves the ledger's position on by one, so that what is fetched from now on can be told from what was fetched before. Nothing is
    /// outdated.
    ///
    /// # Errors
    /// The store cannot be reached; the position may or may not have moved.
    async fn advance(&self) -> Result<Position, PortError>;

    /// Closes the rules at these positions: each is in the documents of all sources that it matches. One that is not there any more
    /// is fine.
    ///
    /// # Errors
    /// The store cannot be reached; some may be closed.
    async fn close(&self, rules: &[Seq]) -> Result<(), PortError>;
}

/// What became of discards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// They are in the ledger, in their order; the last of them is at this position.
    At(Position),
    /// They are not: so many rules are open that no more are taken until some are worked off.
    TooManyOpen,
}
