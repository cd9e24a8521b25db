//! Looking until something is seen.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::error::BenchError;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(5);
/// What is not seen by then is not seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// Looks until there is an answer.
pub async fn until<T>(what: &'static str, look: impl AsyncFn() -> Option<T>) -> Result<T, BenchError> {
    let looking = async {
        loop {
            match look().await {
                Some(answer) => return answer,
                None => sleep(LOOK).await,
            }
        }
    };
    timeout(PATIENCE, looking).await.map_err(|_| {
        BenchError::NotReady(format!("it was not seen within {} s that {what}", PATIENCE.as_secs()))
    })
}
