//! HTTP by hand: what no client would send, and what it would not show.

use std::time::Duration;

use imcaxy_testkit::Imcaxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Connects to a process.
    pub async fn to(process: &Imcaxy) -> Self {
        Self::at(&process.url("")).await
    }

    /// Connects to the server of a base URL.
    pub async fn at(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self { stream, read: Vec::new() }
    }

    pub async fn send(&mut self, text: &str) {
        // One who has answered may not want the rest.
        let _sent = self.stream.write_all(text.as_bytes()).await;
    }

    /// The status and the whole text of the next answer, whose body has a length; nothing if the connection ends first.
    pub async fn answer(&mut self) -> Option<(u16, String)> {
        let length = loop {
            if let Some(length) = length_of_first(&self.read) {
                break length;
            }
            if !self.more().await {
                return None;
            }
        };
        let rest = self.read.split_off(length);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut self.read, rest)).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Some((status, text))
    }

    /// Returns once the other side has closed; half a minute is for ever. What it sends until then is read.
    pub async fn closed(&mut self) {
        while self.more().await {}
    }

    async fn more(&mut self) -> bool {
        let reading = self.stream.read_buf(&mut self.read);
        let read = tokio::time::timeout(Duration::from_secs(30), reading).await.expect("an answer or an end");
        read.is_ok_and(|bytes| bytes > 0)
    }
}

fn length_of_first(read: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(read);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let body = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let whole = head.len() + 4 + body.unwrap_or(0_usize);
    (read.len() >= whole).then_some(whole)
}
