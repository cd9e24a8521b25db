//! A server that knows nothing of HTTP: it sends the bytes that it is told to, and counts who comes.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is sent to each connection once something was heard from it: the beginning, then a piece again and again with pauses before
/// each. Then the connection is closed.
#[derive(Debug, Clone)]
pub struct Script {
    /// Sent first.
    pub head: Bytes,
    /// Sent after it.
    pub piece: Bytes,
    /// How often.
    pub times: usize,
    /// How long before each.
    pub pause: Duration,
}

impl Script {
    /// These bytes and no others.
    #[must_use]
    pub fn plain(head: impl Into<Bytes>) -> Self {
        Self { head: head.into(), piece: Bytes::new(), times: 0, pause: Duration::ZERO }
    }

    /// And then, so often, this piece.
    #[must_use]
    pub fn then(mut self, times: usize, piece: impl Into<Bytes>) -> Self {
        (self.times, self.piece) = (times, piece.into());
        self
    }

    /// With this pause before each piece.
    #[must_use]
    pub fn slowly(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }
}

/// A listener on loopback that follows a [`Script`]. Dropping it stops it.
#[derive(Debug)]
pub struct RawOrigin {
    port: u16,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl RawOrigin {
    /// Starts one on a free port.
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on loopback");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let script = script.clone();
                tokio::spawn(async move { follow(stream, script).await });
            }
        });
        Self { port, connections, task }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// How many have connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for RawOrigin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whoever has heard enough closes the connection, which ends the script.
async fn follow(mut stream: TcpStream, script: Script) {
    let mut heard = [0; 4096];
    if !matches!(stream.read(&mut heard).await, Ok(1..)) || stream.write_all(&script.head).await.is_err() {
        return;
    }
    for _ in 0..script.times {
        tokio::time::sleep(script.pause).await;
        if stream.write_all(&script.piece).await.is_err() {
            return;
        }
    }
    let _closed = stream.shutdown().await;
}
