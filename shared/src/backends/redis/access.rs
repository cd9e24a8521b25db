//! Nodes, and how each of them is talked to: who we are there, and whom we trust.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo};
use redis::{ErrorKind, RedisError, RedisResult, TlsCertificates};
use tokio::time::timeout;

use super::CONNECT_TIMEOUT;
use super::trust::authorities;
use crate::ports::PortError;

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Node {
    /// The node that this one names as `host:port`; without a host it is another port of this one.
    pub(super) fn names(&self, text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.beside(Some(host), port.parse().ok()?)
    }

    /// The node that this one names by parts. A Cluster's `?` is a host that it does not know.
    pub(super) fn beside(&self, host: Option<&str>, port: u16) -> Option<Self> {
        match host.unwrap_or_default() {
            "?" => None,
            "" => Some(Self { host: self.host.clone(), port }),
            host => Some(Self { host: host.to_owned(), port }),
        }
    }
}

/// What all connections to the nodes of one deployment have in common.
#[derive(Clone)]
pub(super) struct Access {
    login: RedisConnectionInfo,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Plain,
    /// Private authorities, else the system's.
    Tls(Option<TlsCertificates>),
}

impl Access {
    /// Logs in with `login`; over TLS trusts the authorities in the file `tls_ca`, else the system's.
    ///
    /// # Errors
    /// The file cannot be used, or there is one without TLS.
    pub(super) fn new(
        login: RedisConnectionInfo,
        tls: bool,
        tls_ca: Option<&Path>,
    ) -> Result<Self, PortError> {
        let transport = match (tls, tls_ca) {
            (true, tls_ca) => Transport::Tls(authorities(tls_ca)?),
            (false, None) => Transport::Plain,
            (false, Some(_)) => {
                let sentence =
                    "redis.tls_ca is set, but redis.url does not begin with rediss: leave one of them out";
                return Err(PortError::unusable("redis", sentence));
            }
        };
        Ok(Self { login, transport })
    }

    /// The same, without saying who we are.
    pub(super) fn anonymous(&self) -> Self {
        Self { login: RedisConnectionInfo::default(), transport: self.transport.clone() }
    }

    /// The same, in database 0.
    pub(super) fn without_database(&self) -> Self {
        Self { login: self.login.clone().set_db(0), transport: self.transport.clone() }
    }

    /// A new connection, whose commands may take `patience` each.
    pub(super) async fn connect(
        &self,
        node: &Node,
        patience: Duration,
    ) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(patience));
        let connected = self.client(node)?.get_multiplexed_async_connection_with_config(&config).await;
        connected.map_err(|cause| of(node, &cause))
    }

    /// A new connection for listening.
    pub(super) async fn listen(&self, node: &Node) -> RedisResult<PubSub> {
        let client = self.client(node)?;
        let connected = timeout(CONNECT_TIMEOUT, client.get_async_pubsub()).await;
        connected.unwrap_or_else(|_| Err(too_slow(node))).map_err(|cause| of(node, &cause))
    }

    fn client(&self, node: &Node) -> RedisResult<Client> {
        let (host, port) = (node.host.clone(), node.port);
        let address = match self.transport {
            Transport::Plain => ConnectionAddr::Tcp(host, port),
            Transport::Tls(_) => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        };
        let info = address.into_connection_info()?.set_redis_settings(self.login.clone());
        match &self.transport {
            Transport::Tls(Some(authorities)) => Client::build_with_tls(info, authorities.clone()),
            Transport::Tls(None) | Transport::Plain => Client::open(info),
        }
    }
}

/// An error with the node that it is about.
pub(super) fn of(node: &Node, cause: &RedisError) -> RedisError {
    RedisError::from((cause.kind(), "no connection", format!("{node}: {cause}")))
}

/// A node did not answer in time.
pub(super) fn too_slow(node: &Node) -> RedisError {
    RedisError::from((ErrorKind::Io, "no answer in time", node.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_another_names_may_be_on_the_same_host() {
        let asked = Node { host: "10.0.0.1".to_owned(), port: 1 };
        for (named, meant) in [
            ("10.0.0.2:7001", Some("10.0.0.2:7001")),
            (":7002", Some("10.0.0.1:7002")),
            ("::1:7003", Some("[::1]:7003")),
            ("[::1]:7003", Some("[::1]:7003")),
            ("?:7004", None),
            ("redis.test", None),
            ("redis.test:x", None),
        ] {
            assert_eq!(asked.names(named).map(|node| node.to_string()).as_deref(), meant, "{named}");
        }
    }
}
