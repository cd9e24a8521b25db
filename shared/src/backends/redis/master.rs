//! Finding the master that has our keys. All keys of a catalog share a hash tag, so it is one node in a Cluster too.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ServerErrorKind, Value};
use tokio::time::{Instant, timeout};

use super::access::{Access, Node, of, too_slow};
use super::address::{Address, Kind};
use super::{CONNECT_TIMEOUT, RESPONSE_TIMEOUT};

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

    /// The number of its database.
    pub(super) fn database(&self) -> i64 {
        self.address.login.db()
    }

    /// Finds the master and connects to it.
    pub(super) async fn open(&self) -> RedisResult<Opened> {
        match &self.address.kind {
            Kind::Standalone => {
                first(self.address.nodes.iter().map(|node| self.proven(node.clone()).boxed()).collect()).await
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
        masters.extend(topology(opened).await?.into_iter().filter_map(|mut shard| shard.drain(..).next()));
        Ok(masters.into_iter().collect())
    }

    /// Connects to a node and sees for itself that it is the right one.
    async fn proven(&self, node: Node) -> RedisResult<Opened> {
        let proving = async {
            let mut connection = self.access.connect(&node, RESPONSE_TIMEOUT).await?;
            is_master(&mut connection, &node).await?;
            match allowed::<Value>(redis::cmd("GET").arg(&self.probe), &mut connection).await {
                Ok(_) => Ok(connection),
                Err(cause) if is_moved(&cause) && self.address.kind == Kind::Standalone => {
                    Err(misnamed(&node, "a node of a Cluster", "redis-cluster"))
                }
                Err(cause) => Err(cause),
            }
        };
        let proven = timeout(CONNECT_TIMEOUT, proving).await;
        let connection = proven.unwrap_or_else(|_| Err(too_slow(&node)))?;
        Ok(Opened { node, connection, since: Instant::now() })
    }

    /// The master that a sentinel names. One that is behind names a node that says itself that it is none.
    async fn named_by(&self, sentinel: &Node, master: &str) -> RedisResult<Opened> {
        let asked = timeout(CONNECT_TIMEOUT, self.ask(sentinel, master)).await;
        let (host, port) = asked.unwrap_or_else(|_| Err(too_slow(sentinel)))?;
        let node = sentinel.beside(Some(&host), port).ok_or_else(|| unknown(sentinel, master))?;
        self.proven(node).await
    }

    async fn ask(&self, sentinel: &Node, master: &str) -> RedisResult<(String, u16)> {
        let mut question = redis::cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(master);
        let ask = async |access: Access| -> RedisResult<Option<(String, u16)>> {
            let mut connection = access.connect(sentinel, RESPONSE_TIMEOUT).await?;
            question.query_async(&mut connection).await
        };
        // A sentinel without a password refuses whoever names one, so none is named until it asks.
        let answer = match ask(self.access.anonymous()).await {
            Err(cause) if cause.code() == Some("NOAUTH") => ask(self.access.without_database()).await,
            answer => answer,
        };
        answer.map_err(|cause| of(sentinel, &cause))?.ok_or_else(|| unknown(sentinel, master))
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
        match topology(opened).await {
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

/// A replica answers the probe of a deployment that is no Cluster, but would take no writes.
async fn is_master(connection: &mut MultiplexedConnection, node: &Node) -> RedisResult<()> {
    let role: Option<Vec<Value>> = allowed(&redis::cmd("ROLE"), connection).await?;
    match role.and_then(|role| role.into_iter().next()).map(redis::from_redis_value::<String>) {
        Some(Ok(role)) if role == "sentinel" => Err(misnamed(node, "a sentinel", "redis-sentinel")),
        // The replicas of a Cluster name their master when they are asked for the probe.
        Some(Ok(role)) if role != "master" => Err(RedisError::from((
            ServerErrorKind::ReadOnly.into(),
            "no master",
            format!("{node} is a {role}"),
        ))),
        _ => Ok(()),
    }
}

/// The answer to a question that we may not be allowed to ask: then it is `None`.
async fn allowed<T: FromRedisValue>(
    question: &Cmd,
    connection: &mut MultiplexedConnection,
) -> RedisResult<Option<T>> {
    match question.query_async(connection).await {
        Ok(answer) => Ok(Some(answer)),
        Err(cause) if cause.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// The nodes of a Cluster, shard by shard, each with its master first.
async fn topology(opened: &Opened) -> RedisResult<Vec<Vec<Node>>> {
    let mut connection = opened.connection.clone();
    let rows: Vec<Vec<Value>> = redis::cmd("CLUSTER").arg("SLOTS").query_async(&mut connection).await?;
    Ok(shards(rows, &opened.node))
}

/// Reads rows of first slot, last slot and nodes; a node is a list of host, port and what does not matter here.
fn shards(rows: Vec<Vec<Value>>, asked: &Node) -> Vec<Vec<Node>> {
    let node = |value: Value| {
        let mut parts = redis::from_redis_value::<Vec<Value>>(value).ok()?.into_iter();
        let host: Option<String> = redis::from_redis_value(parts.next()?).ok()?;
        asked.beside(host.as_deref(), redis::from_redis_value(parts.next()?).ok()?)
    };
    rows.into_iter().map(|row| row.into_iter().skip(2).filter_map(node).collect()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nodes_of_a_cluster_are_read_as_old_and_new_servers_tell_them() {
        let wire = "*3\r\n\
            *4\r\n:0\r\n:99\r\n*3\r\n$1\r\na\r\n:1\r\n$2\r\nid\r\n*4\r\n$1\r\nb\r\n:2\r\n$2\r\nid\r\n*0\r\n\
            *3\r\n:100\r\n:199\r\n*2\r\n$0\r\n\r\n:3\r\n\
            *4\r\n:200\r\n:299\r\n*2\r\n$-1\r\n:4\r\n*2\r\n$1\r\n?\r\n:5\r\n";
        let rows = redis::from_redis_value(redis::parse_redis_value(wire.as_bytes()).unwrap()).unwrap();
        let asked = Node { host: "asked".to_owned(), port: 9 };
        let read: Vec<Vec<String>> = shards(rows, &asked)
            .iter()
            .map(|shard| shard.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(read, [vec!["a:1", "b:2"], vec!["asked:3"], vec!["asked:4"]]);
    }
}
