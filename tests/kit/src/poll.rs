//! Asking again until the answer is there: a deadline, never a fixed sleep.

use std::time::{Duration, Instant};

/// Asks every few milliseconds until `ask` has an answer; `None` once `within` is over.
pub(crate) async fn until<T>(within: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    const PAUSE: Duration = Duration::from_millis(15);

    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if begun.elapsed() >= within {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
