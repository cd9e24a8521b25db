//! Finding the master that has our keys. All keys of a catalog share a hash tag, so it is one node in a Cluster too.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};
use tokio::time::Instant;

use super::access::Access;
use super::address::{Address, Kind};
use super::node::Node;
use super::{RESPONSE_TIMEOUT, questions};

/// Nodes that are asked at the same time: one that is silent does not hold up the others.
const AT_ONCE: usize = 3;
/// How often one node of a Cluster may name another.
const MOST_MOVES: usize = 4;

/// A deployment and what is known about it.
pub(super) struct Deployment {
    address: Address,
    access: Access,
    /// A key beside ours, which nobody writes.
    probe: String,
    /// Nodes of the Cluster that others named; those in the URL may all be gone one day.
    learned: Mutex<BTreeSet<Node>>,
}

/// A connection to the master, just opened: it takes writes and has our keys.
pub(super) struct Opened {
    /// The master.
    pub node: Node,
    /// The connection.
    pub connection: MultiplexedConnection,
    /// Since when.
    pub since: Instant,
}

impl Deployment {
    /// What is at `address`; `probe` is a key with the hash tag of ours.
    pub(super) fn new(address: Address, access: Access, probe: String) -> Self {
        Self { address, access, probe, learned: Mutex::default() }
    }

    /// How its nodes are talked to.
    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// Whether every connection is encrypted.
    pub(super) const fn encrypts(&self) -> bool {
        self.address.tls
    }

    /// The number of its database.
    pub(super) fn database(&self) -> i64 {
        self.address.login.db()
    }

    /// Finds the master and connects to it.
    pub(super) async fn open(&self) -> RedisResult<Opened> {
        match &self.address.kind {
            Kind::Standalone => {
                let nodes = self.address.nodes.iter();
                first(nodes.map(|node| self.proven(node.clone()).boxed()).collect()).await
            }
            Kind::Sentinel { master } => {
                let sentinels = self.address.nodes.iter();
                first(sentinels.map(|sentinel| self.named_by(sentinel, master).boxed()).collect()).await
            }
            Kind::Cluster => {
                let known = self.known().into_iter();
                let opened = first(known.map(|node| self.followed_from(node).boxed()).collect()).await?;
                self.learn(&opened).await;
                Ok(opened)
            }
        }
    }

    /// Every master there is, the given one among them.
    ///
    /// # Errors
    /// A Cluster does not tell.
    pub(super) async fn masters(&self, opened: &Opened) -> RedisResult<Vec<Node>> {
        if self.address.kind != Kind::Cluster {
            return Ok(vec![opened.node.clone()]);
        }
        let mut masters = BTreeSet::from([opened.node.clone()]);
        let shards = questions::shards(&opened.node, &mut opened.connection.clone()).await?;
        masters.extend(shards.into_iter().filter_map(|shard| shard.into_iter().next()));
        Ok(masters.into_iter().collect())
    }

    /// Connects to a node and sees for itself that it is the right one.
    async fn proven(&self, node: Node) -> RedisResult<Opened> {
        let proving = async {
            let mut connection = self.access.connect(&node, RESPONSE_TIMEOUT).await?;
            takes_writes(&node, questions::role(&mut connection).await?.as_deref())?;
            match questions::has(&self.probe, &mut connection).await {
                Err(cause) if is_moved(&cause) && self.address.kind == Kind::Standalone => {
                    Err(misnamed(&node, "a node of a Cluster", "redis-cluster"))
                }
                answer => answer.map(|()| connection),
            }
        };
        let connection = node.in_time(proving).await?;
        Ok(Opened { node, connection, since: Instant::now() })
    }

    /// The master that a sentinel names. One that is behind names a node that says itself that it is none.
    async fn named_by(&self, sentinel: &Node, master: &str) -> RedisResult<Opened> {
        let named = sentinel.in_time(self.ask(sentinel, master)).await?;
        let node = named.and_then(|(host, port)| sentinel.beside(Some(&host), port));
        self.proven(node.ok_or_else(|| unknown(sentinel, master))?).await
    }

    async fn ask(&self, sentinel: &Node, master: &str) -> RedisResult<Option<(String, u16)>> {
        let ask = async |access: Access| {
            let mut connection = access.connect(sentinel, RESPONSE_TIMEOUT).await?;
            questions::master_named(master, &mut connection).await
        };
        // A sentinel without a password refuses whoever names one, so none is named until it asks.
        let answer = match ask(self.access.anonymous()).await {
            Err(cause) if cause.code() == Some("NOAUTH") => ask(self.access.without_database()).await,
            answer => answer,
        };
        answer.map_err(|cause| sentinel.failed(&cause))
    }

    /// Goes from node to node, as they name one another, to the one that has our keys.
    async fn followed_from(&self, mut node: Node) -> RedisResult<Opened> {
        let mut moves = 0;
        loop {
            match self.proven(node.clone()).await {
                Err(cause) if is_moved(&cause) && moves < MOST_MOVES => {
                    let named = cause.redirect_node().and_then(|(named, _slot)| node.names(named));
                    node = named.ok_or(cause)?;
                    moves += 1;
                }
                answer => return answer,
            }
        }
    }

    fn known(&self) -> BTreeSet<Node> {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        self.address.nodes.iter().chain(learned.iter()).cloned().collect()
    }

    async fn learn(&self, opened: &Opened) {
        match questions::shards(&opened.node, &mut opened.connection.clone()).await {
            Ok(shards) => {
                let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
                *learned = shards.into_iter().flatten().collect();
            }
            Err(cause) => tracing::debug!(%cause, "redis: the Cluster does not say which nodes it has"),
        }
    }
}

/// The first that succeeds, else the last failure.
async fn first<T>(tries: Vec<BoxFuture<'_, RedisResult<T>>>) -> RedisResult<T> {
    let mut tries = futures::stream::iter(tries).buffer_unordered(AT_ONCE);
    let mut failed = RedisError::from((ErrorKind::Io, "no node is known"));
    while let Some(tried) = tries.next().await {
        match tried {
            Ok(opened) => return Ok(opened),
            Err(cause) => failed = cause,
        }
    }
    Err(failed)
}

/// A replica answers the probe of a deployment that is no Cluster, but would take no writes. The replicas of a Cluster name
/// their master when they are asked for the probe.
fn takes_writes(node: &Node, role: Option<&str>) -> RedisResult<()> {
    match role {
        Some("sentinel") => Err(misnamed(node, "a sentinel", "redis-sentinel")),
        None | Some("master") => Ok(()),
        Some(role) => {
            let detail = format!("{node} is a {role}");
            Err(RedisError::from((ServerErrorKind::ReadOnly.into(), "no master", detail)))
        }
    }
}

fn is_moved(cause: &RedisError) -> bool {
    cause.kind() == ErrorKind::Server(ServerErrorKind::Moved)
}

fn unknown(sentinel: &Node, master: &str) -> RedisError {
    let detail = format!("the sentinel at {sentinel} knows no master of the name {master:?}");
    RedisError::from((ErrorKind::MasterNameNotFoundBySentinel, "no master", detail))
}

/// The URL means another kind of deployment.
fn misnamed(node: &Node, is: &str, scheme: &str) -> RedisError {
    let detail = format!(
        "{node} is {is}, so redis.url must begin with {scheme}:// (with rediss in the place of redis for TLS)"
    );
    RedisError::from((ErrorKind::InvalidClientConfig, "wrong kind of URL", detail))
}
