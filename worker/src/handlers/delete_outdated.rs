//! Removing the entries that a discard has outdated, with their objects.

use std::future::ready;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use imcaxy_shared::jobs::{Delete, Outdated};
use imcaxy_shared::ports::{Made, OutboxId, PortError};
use tokio::time::Instant;

use crate::Parts;
use crate::persist::put_deletion;

/// How long it may take: less than an attempt. What is left then is done when the item of the outbox is due again.
const BUDGET: Duration = Duration::from_secs(60);
/// Entries that are looked at together.
const PAGE: usize = 500;
/// Entries that are removed at the same time.
const AT_ONCE: usize = 16;

/// Removes what was made from some sources before they were discarded, and closes the item of the outbox that asked for it. What was rendered
/// since has a newer stamp, and is not among them.
///
/// What a crash leaves after an entry is removed: an object that nobody can find. The item is open and due again.
pub(super) async fn delete_outdated(parts: &Parts, outdated: &Outdated) -> Result<(), PortError> {
    let end = Instant::now() + BUDGET;
    let mut entries = 0;
    while Instant::now() < end {
        let made = parts.catalog.made_before(&outdated.sources, outdated.below, PAGE).await?;
        if made.is_empty() {
            tracing::info!(entries, "removed what discards had outdated");
            return parts.outbox.close(&OutboxId::deletion(&Delete::Outdated(outdated.clone()))).await;
        }
        entries += made.len();
        let removed = stream::iter(made).map(|made| remove(parts, made)).buffer_unordered(AT_ONCE);
        // One that cannot be removed keeps none of the others.
        let failed: Vec<PortError> = removed.filter_map(|removed| ready(removed.err())).collect().await;
        if let Some(cause) = failed.into_iter().next() {
            return Err(cause);
        }
    }
    tracing::info!(entries, "removed a part of what discards had outdated");
    Ok(())
}

/// An object that cannot be deleted now is deleted later, though its entry is not there any more.
async fn remove(parts: &Parts, Made { key, object, .. }: Made) -> Result<(), PortError> {
    parts.catalog.forget(&key, &object).await?;
    if let Err(cause) = parts.objects.delete(&object).await {
        tracing::warn!(%object, %cause, "an object could not be deleted, and is to be later");
        put_deletion(parts, Delete::Object { object }, Duration::ZERO).await?;
        return Err(cause);
    }
    Ok(())
}
