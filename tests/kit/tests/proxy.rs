//! A link does what the test has set, from the moment in which it is set.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "these are tests: a panic is how one fails"
)]

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use imcaxy_testkit::Proxy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Says back what it hears, and counts it.
struct Echo {
    address: String,
    heard: watch::Receiver<usize>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (count, heard) = watch::channel(0);
        #[expect(clippy::disallowed_methods, reason = "a server of the test, which ends with it")]
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let count = count.clone();
                stream.set_nodelay(true).expect("an option");
                tokio::spawn(async move {
                    let mut buffer = [0; 1024];
                    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
                        count.send_modify(|now| *now += bytes);
                        let _ = stream.write_all(&buffer[..bytes]).await;
                    }
                });
            }
        });
        Self { address, heard }
    }

    async fn until_heard(&mut self, bytes: usize) {
        self.heard.wait_for(|now| *now >= bytes).await.expect("the server lives");
    }
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.expect("the proxy listens")
}

async fn say(stream: &mut TcpStream, words: &str) {
    stream.write_all(words.as_bytes()).await.expect("sent");
}

async fn hear(stream: &mut TcpStream, words: &str) {
    let mut heard = vec![0; words.len()];
    stream.read_exact(&mut heard).await.expect("heard");
    assert_eq!(String::from_utf8_lossy(&heard), words);
}

fn hears_nothing(stream: &TcpStream) {
    let error = stream.try_read(&mut [0; 8]).expect_err("nothing is there");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

async fn is_reset(stream: &mut TcpStream) {
    let error = stream.read(&mut [0; 8]).await.expect_err("the connection is broken");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn everything_passes_and_connections_are_counted() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let (mut one, mut two) = (connect(&proxy).await, connect(&proxy).await);
    let long = "0123456789".repeat(50_000);
    say(&mut one, "one").await;
    let (mut reader, mut writer) = two.split();
    let mut heard = vec![0; long.len()];
    let (sent, read) = tokio::join!(writer.write_all(long.as_bytes()), reader.read_exact(&mut heard));
    sent.expect("sent");
    read.expect("heard");
    assert!(heard == long.as_bytes());
    hear(&mut one, "one").await;
    assert_eq!((proxy.connections(), proxy.open()), (2, 2));
    drop(one);
    proxy.until_open(1).await;
    two.shutdown().await.expect("ends");
    assert_eq!(two.read(&mut [0; 8]).await.expect("the end is passed on"), 0);
    proxy.until_open(0).await;
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_cut_link_resets_what_is_open_and_what_is_opened_until_it_is_mended() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut old = connect(&proxy).await;
    say(&mut old, "hello").await;
    hear(&mut old, "hello").await;
    proxy.cut();
    is_reset(&mut old).await;
    proxy.until_open(0).await;
    is_reset(&mut connect(&proxy).await).await;
    assert_eq!(proxy.connections(), 1);
    proxy.mend();
    let mut new = connect(&proxy).await;
    say(&mut new, "again").await;
    hear(&mut new, "again").await;
}

#[tokio::test]
async fn a_connection_does_not_survive_a_cut_that_is_mended_at_once() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut stream = connect(&proxy).await;
    proxy.until_open(1).await;
    proxy.cut();
    proxy.mend();
    is_reset(&mut stream).await;
}

#[tokio::test]
async fn frozen_requests_do_not_reach_the_server_until_they_are_let_go() {
    let mut echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut stream = connect(&proxy).await;
    say(&mut stream, "before").await;
    hear(&mut stream, "before").await;
    proxy.freeze_requests();
    say(&mut stream, "after").await;
    proxy.until_held(1).await;
    assert_eq!(*echo.heard.borrow(), "before".len());
    proxy.mend();
    echo.until_heard("beforeafter".len()).await;
    hear(&mut stream, "after").await;
}

#[tokio::test]
async fn frozen_requests_are_lost_when_the_link_is_cut() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut stream = connect(&proxy).await;
    proxy.freeze_requests();
    say(&mut stream, "never").await;
    proxy.until_held(1).await;
    proxy.cut();
    proxy.until_open(0).await;
    proxy.mend();
    let mut other = connect(&proxy).await;
    say(&mut other, "x").await;
    hear(&mut other, "x").await;
    assert_eq!(*echo.heard.borrow(), 1);
}

#[tokio::test]
async fn frozen_answers_are_given_and_not_heard_until_they_are_let_go() {
    let mut echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut stream = connect(&proxy).await;
    proxy.freeze_answers();
    say(&mut stream, "answer").await;
    echo.until_heard("answer".len()).await;
    proxy.until_held(1).await;
    hears_nothing(&stream);
    proxy.mend();
    hear(&mut stream, "answer").await;
}

#[tokio::test]
async fn a_deaf_link_loses_answers_and_resets_who_lost_some_when_it_is_mended() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let (mut talks, mut waits) = (connect(&proxy).await, connect(&proxy).await);
    proxy.deaf();
    say(&mut talks, "lost").await;
    proxy.until_lost(1).await;
    hears_nothing(&talks);
    assert_eq!(proxy.open(), 2);
    proxy.mend();
    is_reset(&mut talks).await;
    say(&mut waits, "kept").await;
    hear(&mut waits, "kept").await;
}

#[tokio::test]
async fn a_connection_is_deaf_from_the_words_on_and_others_are_not() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let (mut one, mut two) = (connect(&proxy).await, connect(&proxy).await);
    proxy.deaf_from("message");
    say(&mut one, "pong").await;
    hear(&mut one, "pong").await;
    say(&mut one, "a message").await;
    proxy.until_lost(1).await;
    say(&mut one, "pong").await;
    say(&mut two, "pong").await;
    hear(&mut two, "pong").await;
    hears_nothing(&one);
    proxy.mend();
    is_reset(&mut one).await;
}

#[tokio::test]
async fn a_slow_link_takes_its_time() {
    let echo = Echo::start().await;
    let proxy = Proxy::start(&echo.address).await;
    let mut stream = connect(&proxy).await;
    let mut takes = async |words: &str| {
        let begun = Instant::now();
        say(&mut stream, words).await;
        hear(&mut stream, words).await;
        begun.elapsed()
    };
    proxy.delay(Duration::from_millis(50));
    assert!(takes("late").await >= Duration::from_millis(100));
    proxy.mend();
    // Fifty bytes at once, and a twentieth of a second after each.
    proxy.throttle(1_000);
    assert!(takes(&"0123456789".repeat(20)).await >= Duration::from_millis(150));
    proxy.mend();
    takes("soon").await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_connection_that_breaks() {
    let port = imcaxy_testkit::port::free().expect("a port");
    let proxy = Proxy::start(&format!("127.0.0.1:{port}")).await;
    is_reset(&mut connect(&proxy).await).await;
}
