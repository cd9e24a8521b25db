//! Looking for what waits for a switch that has begun.

use imcaxy_shared::entry::{Found, Ledger, SourceRef};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::CacheKey;

use crate::Parts;
use crate::source::work_off;

/// What the catalog holds for a key. Where nothing counts but for a switch that is in the ledger and not in the documents yet, it is waited until
/// that has reached all, and written down: what was prepared is not rendered once more.
///
/// # Errors
/// The catalog or the outbox cannot be reached.
pub(crate) async fn find_switched(
    parts: &Parts,
    ledger: &Ledger,
    key: &CacheKey,
    asked: &[SourceRef],
) -> Result<Found, PortError> {
    let found = parts.catalog.find(key, asked).await?;
    if !found.is_switching(ledger) {
        return Ok(found);
    }
    let made_from = found.made_from();
    let sources: Vec<SourceRef> = made_from.map(SourceRef::from).collect();
    work_off(parts, ledger, &sources).await?;
    parts.catalog.find(key, asked).await
}
