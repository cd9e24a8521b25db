//! One connection: requests one after another, each with a line in the log at level debug.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use imcaxy_shared::lifecycle::Lifecycle;
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use super::Limits;
use super::client::client;
use crate::admin::Actor;
use crate::headers::{self, REQUEST_ID};

/// The longest head of a request, above it 431. A target of 64 KiB fits, so that one that is longer than that is told 414.
const LONGEST_HEAD: usize = 128 << 10;
/// A client that takes none of its answer for this long is gone: its place is another's. nginx's `send_timeout`.
const TAKES_NOTHING: Duration = Duration::from_secs(60);

/// Answers the requests of a connection until the client or the time to stop ends it; what has begun then is answered.
pub(super) async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    lifecycle: Lifecycle,
) {
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(%cause, "a connection is gone");
        return;
    }
    let trusted = limits.trusted_proxies;
    // A body is dropped unread where a route does not want it: the connection then ends after the answer, unless the
    // body has arrived already.
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        answer(router.clone(), peer.ip(), &trusted, request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_header_size(LONGEST_HEAD);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(TAKES_NOTHING));
    let mut talking = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
    let ended = tokio::select! {
        ended = talking.as_mut() => ended,
        () = lifecycle.stopping() => {
            talking.as_mut().graceful_shutdown();
            talking.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, %peer, "a connection ended early");
    }
}

/// Answers a request under an id that stands in the answer and in every line of the log that is written on its way.
async fn answer(
    router: Router,
    peer: IpAddr,
    trusted: &[IpNet],
    request: Request,
) -> Result<Response, Infallible> {
    let id = format!("{:032x}", rand::random::<u128>());
    let span = tracing::error_span!("request", %id);
    let mut response = told(router, peer, trusted, request).instrument(span).await?;
    headers::insert(response.headers_mut(), REQUEST_ID, id);
    Ok(response)
}

/// Answers, with a line in the log at level debug.
async fn told(
    router: Router,
    peer: IpAddr,
    trusted: &[IpNet],
    request: Request,
) -> Result<Response, Infallible> {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return router.oneshot(request).await;
    }
    let client = client(peer, request.headers(), trusted);
    // Without the query, which may hold keys and signed addresses.
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = Instant::now();
    let response = router.oneshot(request).await?;
    let actor = response.extensions().get::<Actor>().map_or("", Actor::name);
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    tracing::debug!(%client, %method, path, status, ms, actor, "answered");
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// More than the buffers of a connection on loopback hold.
    const LARGE: usize = 64 << 20;

    /// The clock goes on by itself while nothing can be done.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_of_its_answer_loses_its_place() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut client = TcpStream::connect(listener.local_addr()?).await?;
        client.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n").await?;
        let (stream, peer) = listener.accept().await?;
        let router = Router::new().route("/", get(|| async { vec![0; LARGE] }));
        let limits = Limits { max_connections: 1, header_timeout: None, trusted_proxies: [].into() };
        let begun = Instant::now();
        talk(stream, peer, router, limits, Lifecycle::default()).await;
        assert!(begun.elapsed() >= TAKES_NOTHING);
        // What it has not taken it does not get any more.
        let mut taken = Vec::new();
        let ended = client.read_to_end(&mut taken).await;
        assert!(taken.len() < LARGE, "{ended:?}, {} bytes", taken.len());
        Ok(())
    }
}
