//! What is blocked, as this process knows it.

use std::time::Duration;

use imcaxy_shared::entry::Ledger;
use imcaxy_shared::ports::PortError;
use tokio::time::timeout;

use crate::App;

/// How long a list that is being read is waited for. It is read on all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// Has what is blocked known here as far as this state of the ledger tells. A long list takes longer than a question of the catalog may,
/// and does not mean that it is away.
///
/// # Errors
/// The list cannot be read, or not yet.
pub(crate) async fn follow(app: &App, ledger: &Ledger) -> Result<(), PortError> {
    let late = |_| Err(PortError::unavailable("catalog", "the list of blocks is not read yet"));
    let follow = async { timeout(PATIENCE, app.blocks.follow(ledger)).await.unwrap_or_else(late) };
    app.catalog.ask_beside(follow).await
}
