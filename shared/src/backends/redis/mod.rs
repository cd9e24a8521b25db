//! The queue and the notifier on Redis.

mod keys;
mod notifier;
mod queue;
mod rows;
mod scripts;

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError};

pub use keys::Keys;
pub use notifier::RedisNotifier;
pub use queue::RedisQueue;

use crate::config::Secret;
use crate::ports::PortError;

/// How long a command may take. Scripts take well below a millisecond; what is longer is an outage.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest pause between two tries to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A Redis, not yet connected: a process starts and answers hits while it is away.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    commands: ConnectionManager,
    keys: Keys,
}

impl Redis {
    /// The Redis at `url`, its keys under `keys`.
    ///
    /// # Errors
    /// The URL is not understood.
    pub fn open(url: &Secret, keys: Keys) -> Result<Self, PortError> {
        let client = Client::open(url.reveal())
            .map_err(|cause| PortError::unusable("redis", format!("redis.url: {cause}")))?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_max_delay(LONGEST_PAUSE);
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), config)
            .map_err(|cause| PortError::unusable("redis", cause))?;
        Ok(Self { client, commands, keys })
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> RedisQueue {
        RedisQueue::new(self.clone())
    }

    /// The notifier, with its one connection for listening.
    #[must_use]
    pub fn notifier(&self) -> RedisNotifier {
        RedisNotifier::start(self.clone())
    }
}

fn unavailable(cause: &RedisError) -> PortError {
    PortError::unavailable("redis", cause)
}
