//! Requests over a connection that is kept, as cheaply as can be: on a machine where the load is made beside the
//! servers, what a client costs is taken from them.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Heads are smaller; bodies are read through it.
const BUFFER: usize = 32 << 10;

/// An HTTP server, as `host:port`.
#[derive(Clone, Debug)]
pub struct Target(String);

impl Target {
    /// The server of a URL without TLS.
    pub fn of(url: &str) -> Self {
        let rest = url.trim_start_matches("http://");
        Self(rest.split_once('/').map_or(rest, |(server, _)| server).to_owned())
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.0)
    }

    /// A GET of a path with its query, as it is sent.
    pub fn request(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.0).into_bytes()
    }

    /// A POST of JSON by the holder of a token, as it is sent.
    pub fn post(&self, path: &str, token: &str, body: &str) -> Vec<u8> {
        let (server, length) = (&self.0, body.len());
        format!(
            "POST {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    pub async fn connect(&self) -> io::Result<Connection> {
        let stream = TcpStream::connect(&self.0).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; BUFFER] })
    }

    /// A GET over a connection of its own.
    pub async fn get(&self, path: &str) -> io::Result<Answer> {
        self.connect().await?.ask(&self.request(path)).await
    }
}

/// A connection that carries one request after another. One that has failed is of no further use.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What an answer's head says; its body has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Bytes of the body.
    pub length: usize,
    /// Whether it says that it is a hit from memory.
    pub from_memory: bool,
}

impl Connection {
    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (answer, head) = loop {
            let read = self.stream.read(self.buffer.get_mut(filled..).unwrap_or_default()).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += read;
            if let Some(end) = end_of_head(self.buffer.get(..filled).unwrap_or_default()) {
                break (self.buffer.get(..end).and_then(Answer::of).ok_or_else(unreadable)?, end);
            }
        };
        let mut left = answer.length + head - filled.min(answer.length + head);
        while left > 0 {
            let read = self.stream.read(&mut self.buffer).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left = left.saturating_sub(read);
        }
        Ok(answer)
    }
}

impl Answer {
    /// Reads a head; without a length it is not one that is expected here.
    fn of(head: &[u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let (_, length) = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
        Some(Self { status, length: length.parse().ok()?, from_memory: head.contains("detail=memory") })
    }
}

/// Where the empty line ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    const EMPTY_LINE: &[u8] = b"\r\n\r\n";

    bytes
        .windows(EMPTY_LINE.len())
        .position(|window| window == EMPTY_LINE)
        .map(|start| start + EMPTY_LINE.len())
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an answer without a status or a length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_to_its_end() {
        let bytes =
            b"HTTP/1.1 200 OK\r\ncache-status: imcaxy; hit; detail=memory\r\ncontent-length: 5\r\n\r\n12345";
        let end = end_of_head(bytes).expect("a head");
        assert_eq!(bytes.len() - end, 5);
        let expected = Answer { status: 200, length: 5, from_memory: true };
        assert_eq!(Answer::of(&bytes[..end]), Some(expected));
        assert_eq!(end_of_head(&bytes[..end - 1]), None);
    }

    #[test]
    fn the_server_of_a_url_is_asked() {
        let target = Target::of("http://127.0.0.1:80/resize");
        assert_eq!(target.request("/"), b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n");
    }
}
