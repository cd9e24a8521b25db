//! One connection: requests one after another, each with a line in the log at level debug.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;

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
use tower::ServiceExt as _;

use super::Limits;
use super::client::client;
use crate::admin::Actor;

/// The longest head of a request, above it 431. A target of 64 KiB fits, so that one that is longer than that is told 414.
const LONGEST_HEAD: usize = 128 << 10;

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
    let mut talking = pin!(http.serve_connection(TokioIo::new(stream), service));
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

async fn answer(
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
