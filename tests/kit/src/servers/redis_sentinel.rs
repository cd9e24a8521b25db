//! A Redis with a replica, watched by three sentinels.

use std::path::Path;
use std::process::Command;

use super::launch::{Running, launch};
use super::redis;
use super::redis_node::{Access, RedisNode};
use crate::KitError;

/// What the sentinels call the master.
const NAME: &str = "imcaxy";

/// A master, its replica and three sentinels, who agree on a new master about two seconds after the old one is gone.
#[derive(Debug)]
pub struct RedisSentinel {
    /// The master at first.
    pub master: RedisNode,
    /// Its replica.
    pub replica: RedisNode,
    access: Access,
    sentinels: Vec<(u16, Running)>,
}

impl RedisSentinel {
    /// Starts all five and waits until they know one another. The sentinels themselves ask for no password.
    pub async fn start(access: &Access) -> Result<Self, KitError> {
        let master = RedisNode::start(access, &[]).await?;
        let port = master.port.to_string();
        let replica = RedisNode::start(access, &["--replicaof", "127.0.0.1", &port]).await?;
        access
            .until(replica.port, &["INFO", "replication"], |it| it.contains("master_link_status:up"))
            .await?;
        let program = redis::program().await?;
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            let command = |own, folder: &Path| sentinel(&program, own, folder, master.port, access);
            sentinels.push(launch("redis-sentinel", command, redis::listens).await?);
        }
        let them = Self { master, replica, access: access.clone(), sentinels };
        let open = them.sentinels_access();
        for (port, _) in &them.sentinels {
            let ready = |it: &str| it.contains("status=ok") && it.contains("slaves=1,sentinels=3");
            open.until(*port, &["INFO", "sentinel"], ready).await?;
        }
        Ok(them)
    }

    /// What `redis.url` is.
    #[must_use]
    pub fn url(&self) -> String {
        let sentinels: Vec<String> =
            self.sentinels.iter().map(|(port, _)| format!("127.0.0.1:{port}")).collect();
        self.access.url("-sentinel", &format!("{}/{NAME}", sentinels.join(",")))
    }

    /// Makes the sentinels ask for the password, too.
    pub async fn guard(&self) -> Result<(), KitError> {
        let secret = format!(">{}", self.access.password.as_deref().unwrap_or_default());
        for (port, _) in &self.sentinels {
            let user = ["ACL", "SETUSER", "default", "resetpass", &secret];
            self.sentinels_access().ask(*port, &user).await?;
        }
        Ok(())
    }

    /// Has the sentinels make the replica the master, as before maintenance of a machine.
    pub async fn fail_over(&self) -> Result<(), KitError> {
        let (sentinel, _) = self.sentinels.first().expect("there are three");
        self.sentinels_access().ask(*sentinel, &["SENTINEL", "FAILOVER", NAME]).await?;
        self.settled(&self.replica, &self.master).await
    }

    /// Waits until the one node is the master, the other its replica, and every sentinel knows it.
    pub async fn settled(&self, master: &RedisNode, replica: &RedisNode) -> Result<(), KitError> {
        self.access.until(master.port, &["ROLE"], |it| it.starts_with("master")).await?;
        self.access
            .until(replica.port, &["INFO", "replication"], |it| it.contains("master_link_status:up"))
            .await?;
        let address = format!("status=ok,address={}", master.address());
        for (port, _) in &self.sentinels {
            self.sentinels_access().until(*port, &["INFO", "sentinel"], |it| it.contains(&address)).await?;
        }
        Ok(())
    }

    fn sentinels_access(&self) -> Access {
        Access { password: None, tls: self.access.tls.clone() }
    }
}

fn sentinel(program: &Path, port: u16, folder: &Path, master: u16, access: &Access) -> Command {
    let open = Access { password: None, tls: access.tls.clone() };
    let mut lines: Vec<String> = open
        .listening(port)
        .chunks(2)
        .map(|pair| pair.join(" ").trim_start_matches("--").to_owned())
        .collect();
    lines.push(format!("bind 127.0.0.1\ndir {}", folder.display()));
    lines.push(format!("sentinel monitor {NAME} 127.0.0.1 {master} 2"));
    lines.push(format!("sentinel down-after-milliseconds {NAME} 1000"));
    lines.push(format!("sentinel failover-timeout {NAME} 5000"));
    if let Some(password) = &access.password {
        lines.push(format!("sentinel auth-pass {NAME} {password}"));
    }
    let file = folder.join("sentinel.conf");
    std::fs::write(&file, lines.join("\n") + "\n").expect("a sentinel's folder can be written to");
    let mut command = Command::new(program);
    command.arg(file).arg("--sentinel");
    command
}
