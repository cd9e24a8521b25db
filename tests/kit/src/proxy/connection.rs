//! One connection through a proxy.

use std::io;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::condition::{Direction, Flow};
use super::link::{Counted, Link};

/// The most bytes that are read at once.
const LARGEST_CHUNK: usize = 64 << 10;

/// Carries bytes both ways until both sides have ended, one of them breaks, or the link is cut. In the last two cases
/// both sides are reset.
pub(super) async fn carry(mut client: TcpStream, target: &str, link: &Link, cuts: u64) {
    let _open = Counted::on(link.open());
    let connected = tokio::select! {
        connected = TcpStream::connect(target) => connected,
        () = link.cut_since(cuts) => Err(broken()),
    };
    let Ok(mut server) = connected else { return reset(client) };
    // What is passed on late is late because the test wants it.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let requests = Way { direction: Direction::Requests, link, cuts, lost: false };
    let answers = Way { direction: Direction::Answers, link, cuts, lost: false };
    let both = async {
        tokio::try_join!(requests.carry(from_client, to_server), answers.carry(from_server, to_client))
    };
    let carried = tokio::select! {
        carried = both => carried.map(drop),
        () = link.cut_since(cuts) => Err(broken()),
    };
    if carried.is_err() {
        reset(server);
        reset(client);
    }
}

/// Closes a connection so that the other side learns of it as of a break.
pub(super) fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// The shortest sleep takes a millisecond, and a link that is not slow takes none.
async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn broken() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// One direction of a connection.
struct Way<'a> {
    direction: Direction,
    link: &'a Link,
    cuts: u64,
    /// Whether bytes were lost: such a connection cannot go on once bytes arrive again.
    lost: bool,
}

/// What became of an attempt to pass bytes on.
enum Passed {
    /// So many went.
    Some(usize),
    /// None could; it is to be tried again.
    None,
    /// They are lost, all of them.
    Lost,
}

impl Way<'_> {
    async fn carry(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> io::Result<()> {
        while let Some(mut chunk) = self.read(&mut from).await? {
            let delay = self.link.condition().delay;
            wait(delay).await;
            while !chunk.is_empty() {
                let (piece, time) = self.link.condition().piece_of(chunk.len());
                self.pass_on(chunk.split_to(piece), &mut to).await?;
                wait(time).await;
            }
        }
        // The end of what is said comes after all of it, and is held or lost as it is.
        self.link.flows(self.direction).await;
        if self.lost { Err(broken()) } else { to.shutdown().await }
    }

    async fn read(&self, from: &mut ReadHalf<'_>) -> io::Result<Option<Bytes>> {
        let mut buffer = BytesMut::with_capacity(LARGEST_CHUNK).limit(LARGEST_CHUNK);
        tokio::select! {
            read = from.read_buf(&mut buffer) => drop(read?),
            () = self.link.hears(self.direction), if self.lost => return Err(broken()),
        }
        let chunk = buffer.into_inner().freeze();
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    async fn pass_on(&mut self, mut chunk: Bytes, to: &mut WriteHalf<'_>) -> io::Result<()> {
        while chunk.has_remaining() {
            self.link.flows(self.direction).await;
            match self.try_pass(&chunk, to)? {
                Passed::Some(bytes) => chunk.advance(bytes),
                Passed::None => to.writable().await?,
                Passed::Lost => {
                    if !self.lost {
                        self.link.lost().send_modify(|now| *now += 1);
                    }
                    self.lost = true;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Looks and acts under one lock: nothing passes once the test was told that nothing does.
    fn try_pass(&self, chunk: &[u8], to: &WriteHalf<'_>) -> io::Result<Passed> {
        let condition = self.link.condition();
        let flow = condition.flow(self.direction);
        if condition.cuts > self.cuts || (self.lost && !flow.loses()) {
            return Err(broken());
        }
        if self.lost || flow.swallows(chunk) {
            return Ok(Passed::Lost);
        }
        if *flow == Flow::Held {
            return Ok(Passed::None);
        }
        match to.try_write(chunk) {
            Ok(bytes) => Ok(Passed::Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Passed::None),
            Err(error) => Err(error),
        }
    }
}
