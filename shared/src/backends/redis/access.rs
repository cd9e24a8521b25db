//! How the nodes of a deployment are talked to: who we are there, and whom we trust.

use std::path::Path;
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo, RedisResult,
    TlsCertificates,
};

use super::node::Node;
use super::trust::authorities;
use super::{CONNECT_TIMEOUT, unusable};
use crate::ports::PortError;

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
                return Err(unusable(sentence));
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
        connected.map_err(|cause| node.failed(&cause))
    }

    /// A new connection for listening.
    pub(super) async fn listen(&self, node: &Node) -> RedisResult<PubSub> {
        let client = self.client(node)?;
        node.in_time(client.get_async_pubsub()).await.map_err(|cause| node.failed(&cause))
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
