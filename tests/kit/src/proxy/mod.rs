//! A link between two parts that a test can cut, freeze, slow down and make deaf.

mod condition;
mod connection;
mod link;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use condition::Flow;
use link::Link;

/// What is due comes sooner, or never.
const PATIENCE: Duration = Duration::from_secs(30);

/// A TCP proxy on loopback. It passes everything on until it is told otherwise; what it is told holds from the moment
/// in which the call returns, and until [`Proxy::mend`]. Dropping it closes its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    link: Arc<Link>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of `target`, a host and a port.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let link = Arc::new(Link::new());
        let task = tokio::spawn(accept(listener, Arc::from(target), Arc::clone(&link)));
        Self { address, link, task }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets every connection, and each new one. What was held on its way is lost.
    pub fn cut(&self) {
        self.link.set(|condition| {
            condition.cut = true;
            condition.cuts += 1;
        });
    }

    /// Holds the bytes of both directions; connections stay, and new ones are accepted.
    pub fn freeze(&self) {
        self.freeze_requests();
        self.freeze_answers();
    }

    /// Holds the bytes from clients: what they ask now, the server never sees until the link is mended.
    pub fn freeze_requests(&self) {
        self.link.set(|condition| condition.requests = Flow::Held);
    }

    /// Holds the bytes from the server: it does what it is asked, and nobody hears of it until the link is mended.
    pub fn freeze_answers(&self) {
        self.link.set(|condition| condition.answers = Flow::Held);
    }

    /// Loses the bytes from the server. Once the link is mended, each connection that has lost some is reset: TCP
    /// knows no gaps.
    pub fn deaf(&self) {
        self.link.set(|condition| condition.answers = Flow::Lost);
    }

    /// Loses the bytes from the server on each connection on which `words` come, from the chunk on in which they do;
    /// others go on. Redis tells subscribers of a publication with `$7\r\nmessage\r\n`.
    pub fn deaf_from(&self, words: impl Into<Bytes>) {
        let words = words.into();
        self.link.set(|condition| condition.answers = Flow::LostFrom(words));
    }

    /// Loses the bytes to the server on each connection on which `words` come, from the chunk on in which they do:
    /// what is asked there never arrives, and other connections go on.
    pub fn mute_from(&self, words: impl Into<Bytes>) {
        let words = words.into();
        self.link.set(|condition| condition.requests = Flow::LostFrom(words));
    }

    /// Makes each chunk wait so long, each way.
    pub fn delay(&self, delay: Duration) {
        self.link.set(|condition| condition.delay = delay);
    }

    /// Passes so many bytes per second on, each way and for each connection.
    pub fn throttle(&self, bytes_per_second: usize) {
        self.link.set(|condition| condition.rate = bytes_per_second.max(1));
    }

    /// Passes everything on again, what was held first.
    pub fn mend(&self) {
        self.link.set(|condition| *condition = condition.mended());
    }

    /// How many connections were accepted so far; those that were reset at once, because the link was cut, are not
    /// counted.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.link.accepted().borrow()
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open(&self) -> usize {
        *self.link.open().borrow()
    }

    /// Waits until that many connections are open, no more and no less; fails the test when that is not so within
    /// half a minute.
    pub async fn until_open(&self, connections: usize) {
        until(self.link.open(), "are open", |now| now == connections).await;
    }

    /// Waits until bytes are held on so many connections or more; fails the test when they are not within half a minute. Drivers talk
    /// without being asked: a frozen link to MongoDB also holds the pulse that the driver takes every ten seconds.
    pub async fn until_held(&self, connections: usize) {
        until(self.link.held(), "hold bytes back", |now| now >= connections).await;
    }

    /// Waits until that many connections have lost bytes, since the beginning; fails the test when they do not within
    /// half a minute.
    pub async fn until_lost(&self, connections: usize) {
        until(self.link.lost(), "have lost bytes", |now| now >= connections).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its connections are in the task's set, and end with it.
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: Arc<str>, link: Arc<Link>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (cut, cuts) = {
                    let condition = link.condition();
                    (condition.cut, condition.cuts)
                };
                if cut {
                    connection::reset(client);
                    continue;
                }
                link.accepted().send_modify(|now| *now += 1);
                let (target, link) = (Arc::clone(&target), Arc::clone(&link));
                connections.spawn(async move { connection::carry(client, &target, &link, cuts).await });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn until(count: &watch::Sender<usize>, what: &str, so: impl Fn(usize) -> bool) {
    let mut watched = count.subscribe();
    let arrived = tokio::time::timeout(PATIENCE, watched.wait_for(|now| so(*now))).await.is_ok();
    assert!(arrived, "after {} s {} connections {what}", PATIENCE.as_secs(), *count.borrow());
}
