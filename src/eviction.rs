//! What Redis does when its memory is full: it must refuse to write, and not throw jobs away.

use std::convert::Infallible;

use imcaxy_shared::backends::redis::{Policy, Redis};
use imcaxy_shared::config::ConfigError;
use imcaxy_shared::ports::Trouble;

use crate::reach::until_reached;
use crate::stop::Stop;

/// Asks Redis, if there is one, at the first contact, and returns only when what it does cannot be lived with. While it is away the
/// process runs: hits go on without it.
pub(crate) async fn keeps_everything(redis: Option<Redis>) -> Result<Infallible, Stop> {
    let Some(redis) = redis else { return std::future::pending().await };
    let ask = async || match redis.policy().await {
        Err(cause) if cause.trouble() == Trouble::Unavailable => Err(cause),
        told => Ok(told),
    };
    let told = until_reached(ask, |cause| {
        tracing::debug!(%cause, "redis does not tell its eviction policy yet");
    });
    let policy = told.await.map_err(Stop::opening)?;
    drop(redis);
    match policy {
        Policy::Keeps => {}
        Policy::Evicts { policy } => {
            return Err(Stop::Configuration(ConfigError::new(format!(
                "the Redis at redis.url has maxmemory-policy {policy}, and noeviction is needed: it would throw away \
                 jobs and claims when it is full; set maxmemory-policy noeviction there, or name another Redis"
            ))));
        }
        Policy::Untold => {
            tracing::warn!("redis does not tell its maxmemory-policy; make sure that it is noeviction");
        }
    }
    std::future::pending().await
}
