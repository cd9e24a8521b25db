//! The queue and the notifier on Redis: one alone, behind sentinels, or a Cluster.
//!
//! All keys of a catalog share a hash tag, so everything is on one master in all three; they differ in who says which it is
//! (`master.rs`). One link (`link.rs`) carries the commands; what blocks or listens has a connection of its own to the
//! same node.

mod access;
mod address;
mod examine;
mod keys;
mod link;
mod master;
mod meaning;
mod node;
mod notifier;
mod policy;
mod questions;
mod queue;
mod retry;
mod rows;
mod scripts;
mod trust;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use redis::RedisError;
use redis::aio::{MultiplexedConnection, PubSub};

pub use keys::Keys;
pub use notifier::RedisNotifier;
pub use policy::Policy;
pub use queue::RedisQueue;
#[cfg(feature = "testing")]
pub use scripts::finish_script_hash;

use crate::config::RemoteRedis;
use crate::ports::PortError;
use access::Access;
use address::{Address, InvalidAddress};
use link::Link;
use master::{Deployment, Opened};
use meaning::{Meaning, meaning};
use node::Node;

/// How long a command may take. Scripts take well below a millisecond; what is longer is an outage.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A Redis, not yet connected: a process starts and answers hits while it is away.
#[derive(Clone)]
pub struct Redis {
    commands: Link,
    keys: Keys,
}

impl Redis {
    /// The Redis that `remote` describes, its keys under `keys`.
    ///
    /// # Errors
    /// The URL is not understood, or the certificate authorities cannot be used; the sentence says what is allowed.
    pub fn open(remote: &RemoteRedis, keys: Keys) -> Result<Self, PortError> {
        let address: Address =
            remote.url.reveal().parse().map_err(|problem: InvalidAddress| unusable(&problem))?;
        let access = Access::new(address.login.clone(), address.tls, remote.tls_ca.as_deref())?;
        let deployment = Deployment::new(address, access, keys.probe());
        Ok(Self { commands: Link::new(deployment), keys })
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

    /// A connection of its own to the master, for a command that blocks for up to `patience`.
    async fn connection(&self, patience: Duration) -> Result<MultiplexedConnection, PortError> {
        let opened = self.commands.opened().await.map_err(|cause| unavailable(&cause))?;
        let connected = self.commands.deployment().access().connect(&opened.node, patience).await;
        connected.map_err(|cause| self.not_beside(&opened, &cause))
    }

    /// A connection for listening to what is published. In a Cluster every node hears everything, so the master will do.
    async fn listener(&self) -> Result<(Node, PubSub), PortError> {
        let opened = self.commands.opened().await.map_err(|cause| unavailable(&cause))?;
        let connected = self.commands.deployment().access().listen(&opened.node).await;
        let listener = connected.map_err(|cause| self.not_beside(&opened, &cause))?;
        Ok((opened.node.clone(), listener))
    }

    /// Where a second connection cannot be opened the first is worth nothing: whoever asks next looks for the master again.
    fn not_beside(&self, opened: &Arc<Opened>, cause: &RedisError) -> PortError {
        if meaning(cause) != Meaning::Answer {
            self.commands.lost(opened, cause);
        }
        unavailable(cause)
    }
}

/// Every failure of Redis is worth another try: even one that a person must end ends one day.
fn unavailable(cause: &(impl Display + ?Sized)) -> PortError {
    PortError::unavailable("redis", cause)
}

/// What is set, there or to be written is nothing that can be used.
fn unusable(cause: &(impl Display + ?Sized)) -> PortError {
    PortError::unusable("redis", cause)
}
