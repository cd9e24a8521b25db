//! One step of looking at a server: none waits for ever, and one that fails does not keep the others from being taken.

use std::time::Duration;

use tokio::time::timeout;

use crate::finding::Finding;

/// How long one step may take.
pub(super) const STEP: Duration = Duration::from_secs(5);

/// What a step finds out, or that there was no answer.
pub(super) async fn step(name: &'static str, look: impl Future<Output = Finding>) -> Finding {
    in_time(name, look).await.unwrap_or_else(|silent| silent)
}

/// The same for one that finds out several things.
pub(super) async fn steps(name: &'static str, look: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    in_time(name, look).await.unwrap_or_else(|silent| vec![silent])
}

/// What comes of a step.
///
/// # Errors
/// That there was no answer.
pub(super) async fn in_time<T>(name: &'static str, look: impl Future<Output = T>) -> Result<T, Finding> {
    timeout(STEP, look).await.map_err(|_| {
        Finding::fail(
            name,
            format!("no answer within {} s", STEP.as_secs()),
            "see whether it has too much to do, or whether something between here and there holds back what it says",
        )
    })
}
