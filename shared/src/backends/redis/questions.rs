//! What one node is asked on the way to the master, and what it answers.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, Value, from_redis_value};

use super::node::Node;

/// What it is, such as `master`; a user may not be allowed to ask.
pub(super) async fn role(connection: &mut MultiplexedConnection) -> RedisResult<Option<String>> {
    let role: Option<Vec<Value>> = allowed(&redis::cmd("ROLE"), connection).await?;
    Ok(role.and_then(|role| role.into_iter().next()).and_then(|role| from_redis_value(role).ok()))
}

/// Whether it has the slot of `key`; a node of a Cluster that has not says which has.
pub(super) async fn has(key: &str, connection: &mut MultiplexedConnection) -> RedisResult<()> {
    allowed::<Value>(redis::cmd("GET").arg(key), connection).await.map(drop)
}

/// Host and port of the master that a sentinel knows by the name `master`.
pub(super) async fn master_named(
    master: &str,
    connection: &mut MultiplexedConnection,
) -> RedisResult<Option<(String, u16)>> {
    redis::cmd("SENTINEL").arg("get-master-addr-by-name").arg(master).query_async(connection).await
}

/// The nodes of the Cluster that `node` belongs to, shard by shard, each with its master first.
pub(super) async fn shards(
    node: &Node,
    connection: &mut MultiplexedConnection,
) -> RedisResult<Vec<Vec<Node>>> {
    let rows: Vec<Vec<Value>> = redis::cmd("CLUSTER").arg("SLOTS").query_async(connection).await?;
    Ok(read_shards(rows, node))
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

/// Reads rows of first slot, last slot and nodes; a node is a list of host, port and what does not matter here.
fn read_shards(rows: Vec<Vec<Value>>, asked: &Node) -> Vec<Vec<Node>> {
    let node = |value: Value| {
        let mut parts = from_redis_value::<Vec<Value>>(value).ok()?.into_iter();
        let host: Option<String> = from_redis_value(parts.next()?).ok()?;
        asked.beside(host.as_deref(), from_redis_value(parts.next()?).ok()?)
    };
    rows.into_iter().map(|row| row.into_iter().skip(2).filter_map(node).collect()).collect()
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
        let rows = from_redis_value(redis::parse_redis_value(wire.as_bytes()).unwrap()).unwrap();
        let asked = Node { host: "asked".to_owned(), port: 9 };
        let read: Vec<Vec<String>> = read_shards(rows, &asked)
            .iter()
            .map(|shard| shard.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(read, [vec!["a:1", "b:2"], vec!["asked:3"], vec!["asked:4"]]);
    }
}
