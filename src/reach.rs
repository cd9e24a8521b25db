//! Waiting for stores that are not there yet.

use std::time::Duration;

use imcaxy_shared::backoff::Backoff;
use tokio::time::sleep;

/// The pauses between tries to reach a store at start.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) };

/// Tries until it succeeds; `failed` hears of every try that does not.
pub(crate) async fn until_reached<T, E>(
    mut reach: impl AsyncFnMut() -> Result<T, E>,
    failed: impl Fn(&E),
) -> T {
    let mut failures = 0_u32;
    loop {
        match reach().await {
            Ok(reached) => return reached,
            Err(cause) => failed(&cause),
        }
        sleep(BACKOFF.after(failures)).await;
        failures = failures.saturating_add(1);
    }
}
