//! Redis: Debian's `redis-server`, in memory alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::address;
use super::launch::{Started, launch};
use crate::{KitError, tool};

const PROGRAM: &str = "redis-server";
const PACKAGE: &str = "redis-server";

pub(super) enum Redis {
    Elsewhere(String),
    Program(PathBuf),
}

pub(super) async fn prepare() -> Result<Redis, KitError> {
    match address::REDIS.value() {
        Some(url) => Ok(Redis::Elsewhere(url)),
        None => Ok(Redis::Program(program().await?)),
    }
}

/// The server's program, installed if need be.
pub(crate) async fn program() -> Result<PathBuf, KitError> {
    const PURPOSE: &str = "the tests need a Redis";

    if tool::find(PROGRAM).is_none() {
        tool::install_debian(PACKAGE, PURPOSE).await?;
    }
    tool::need(PROGRAM, PURPOSE, PACKAGE)
}

pub(super) async fn start(redis: Redis) -> Result<Started<String>, KitError> {
    let program = match redis {
        Redis::Elsewhere(url) => return Ok(Started::elsewhere(url)),
        Redis::Program(program) => program,
    };
    let command = |port: u16, folder: &Path| {
        let mut command = in_memory(&program, folder);
        command.args(["--port", &port.to_string()]);
        command
    };
    let (port, running) = launch("redis", command, answers).await?;
    Ok(Started { address: format!("redis://127.0.0.1:{port}"), running: Some(running) })
}

/// A Redis in a folder, on a port that its command line still lacks; what is added to it wins. Nothing is written to
/// disk, and nothing is evicted behind the program's back.
pub(super) fn in_memory(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--dir"]).arg(folder);
    command.args(["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]);
    command
}

/// Whether somebody accepts connections there: a server that asks for a password or speaks TLS answers nothing else.
pub(super) async fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Whether a PING is answered with PONG.
pub(super) async fn answers(port: u16) -> bool {
    const PATIENCE: Duration = Duration::from_secs(2);

    let ping = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut reply = [0; 7];
        stream.read_exact(&mut reply).await?;
        Ok::<_, std::io::Error>(&reply == b"+PONG\r\n")
    };
    matches!(tokio::time::timeout(PATIENCE, ping).await, Ok(Ok(true)))
}
