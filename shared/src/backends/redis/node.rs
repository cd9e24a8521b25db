//! One server of a deployment: where it is, and errors that are about it.

use std::fmt;

use redis::{ErrorKind, RedisError, RedisResult};
use tokio::time::timeout;

use super::CONNECT_TIMEOUT;

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
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

    /// What it answers, which must not take longer than opening a connection may.
    pub(super) async fn in_time<T>(&self, answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
        let silent = |_| Err(RedisError::from((ErrorKind::Io, "no answer in time", self.to_string())));
        timeout(CONNECT_TIMEOUT, answer).await.unwrap_or_else(silent)
    }

    /// The same error, with the node that it is about.
    pub(super) fn failed(&self, cause: &RedisError) -> RedisError {
        RedisError::from((cause.kind(), "no connection", format!("{self}: {cause}")))
    }
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
