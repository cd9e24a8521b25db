//! A Redis Cluster: three masters with a replica each.

use std::time::Duration;

use super::redis_node::{Access, RedisNode};
use crate::{KitError, port};

const MASTERS: usize = 3;

/// Six nodes, of which a replica takes its master's place some seconds after that is gone.
#[derive(Debug)]
pub struct RedisCluster {
    /// The nodes.
    pub nodes: Vec<RedisNode>,
    access: Access,
}

impl RedisCluster {
    /// Starts the nodes, makes them a Cluster and waits until all of them say that it is whole.
    pub async fn start(access: &Access) -> Result<Self, KitError> {
        let mut nodes = Vec::new();
        for _ in 0..MASTERS * 2 {
            nodes.push(node(access).await?);
        }
        let addresses: Vec<String> = nodes.iter().map(RedisNode::address).collect();
        let mut create = vec!["--cluster", "create"];
        create.extend(addresses.iter().map(String::as_str));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        nodes.first().expect("there are six").ask(&create).await?;
        for node in &nodes {
            let whole = |it: &str| it.contains("cluster_state:ok") && it.contains("cluster_known_nodes:6");
            access.until(node.port, &["CLUSTER", "INFO"], whole).await?;
            // A master is ready to lose its place when its replica has all that it has.
            let linked = |it: &str| it.contains("connected_slaves:1") || it.contains("master_link_status:up");
            access.until(node.port, &["INFO", "replication"], linked).await?;
        }
        Ok(Self { nodes, access: access.clone() })
    }

    /// What `redis.url` is, with two of the nodes.
    #[must_use]
    pub fn url(&self) -> String {
        let some: Vec<String> = self.nodes.iter().take(2).map(RedisNode::address).collect();
        self.access.url("-cluster", &some.join(","))
    }

    /// Has the replica of the master that has a key take its place, as before maintenance of a machine.
    pub async fn hand_over(&self, key: &str) -> Result<(), KitError> {
        let port = self.port_of(key).await?;
        // A master loses no data: its replica has all before it begins.
        self.access.until(port, &["INFO", "replication"], |it| it.contains("state=online")).await?;
        let follows = format!("master_port:{port}");
        for node in &self.nodes {
            if node.ask(&["INFO", "replication"]).await?.contains(&follows) {
                node.ask(&["CLUSTER", "FAILOVER"]).await?;
                self.access.until(node.port, &["ROLE"], |it| it.starts_with("master")).await?;
                return self.access.until(port, &["ROLE"], |it| it.starts_with("slave")).await;
            }
        }
        let why = format!("nobody is a replica of the node on port {port}");
        Err(KitError::NotStarted { what: "a Cluster".to_owned(), why, output: String::new() })
    }

    /// Begins to move the slot of a key to another master, and moves some keys of it; the rest stays where it was.
    pub async fn begin_moving(&self, key: &str, some: &[&str]) -> Result<(), KitError> {
        let slot = self.ask(key, &["CLUSTER", "KEYSLOT", key]).await?;
        let from = self.port_of(key).await?;
        let to = self.another_master(from).await?;
        let ids = (self.id(from).await?, self.id(to).await?);
        self.access.ask(to, &["CLUSTER", "SETSLOT", slot.trim(), "IMPORTING", &ids.0]).await?;
        self.access.ask(from, &["CLUSTER", "SETSLOT", slot.trim(), "MIGRATING", &ids.1]).await?;
        let to = to.to_string();
        let mut migrate = vec!["MIGRATE", "127.0.0.1", &to, "", "0", "5000", "KEYS"];
        migrate.extend(some);
        self.access.ask(from, &migrate).await.map(drop)
    }

    /// Moves what is left.
    pub async fn end_moving(&self) -> Result<(), KitError> {
        let node = self.nodes.first().expect("there are six");
        node.ask(&["--cluster", "fix", &node.address(), "--cluster-yes"]).await.map(drop)
    }

    /// Asks the master that has a key something.
    pub async fn ask(&self, key: &str, words: &[&str]) -> Result<String, KitError> {
        self.access.ask(self.port_of(key).await?, words).await
    }

    async fn another_master(&self, port: u16) -> Result<u16, KitError> {
        for node in self.nodes.iter().filter(|node| node.port != port) {
            if node.ask(&["ROLE"]).await?.starts_with("master") {
                return Ok(node.port);
            }
        }
        let why = "there is no second master".to_owned();
        Err(KitError::NotStarted { what: "a Cluster".to_owned(), why, output: String::new() })
    }

    async fn id(&self, port: u16) -> Result<String, KitError> {
        Ok(self.access.ask(port, &["CLUSTER", "MYID"]).await?.trim().to_owned())
    }

    /// The master that has a key.
    pub async fn master_of(&mut self, key: &str) -> Result<&mut RedisNode, KitError> {
        let port = self.port_of(key).await?;
        Ok(self.nodes.iter_mut().find(|node| node.port == port).expect("it is one of ours"))
    }

    /// Asks every node whether it has a key, until one says so: the others say who has it.
    async fn port_of(&self, key: &str) -> Result<u16, KitError> {
        const PATIENCE: Duration = Duration::from_secs(20);
        const PAUSE: Duration = Duration::from_millis(100);

        let begun = std::time::Instant::now();
        loop {
            for node in &self.nodes {
                let answer = node.ask(&["EXISTS", key]).await.unwrap_or_default();
                if matches!(answer.trim(), "0" | "1") {
                    return Ok(node.port);
                }
            }
            if begun.elapsed() > PATIENCE {
                let why = format!("no node has the key {key}");
                return Err(KitError::NotStarted {
                    what: "a Cluster".to_owned(),
                    why,
                    output: String::new(),
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn node(access: &Access) -> Result<RedisNode, KitError> {
    // Another may take the port of the bus before the node does; then the node ends, and another is tried.
    const ATTEMPTS: usize = 3;

    let mut attempt = 1;
    loop {
        let bus = port::free()?.to_string();
        let mut settings =
            vec!["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
        if access.tls.is_some() {
            settings.extend(["--tls-cluster", "yes"]);
        }
        match RedisNode::start(access, &settings).await {
            Err(_) if attempt < ATTEMPTS => attempt += 1,
            started => return started,
        }
    }
}
