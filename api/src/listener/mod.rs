//! A listener: it accepts connections within limits, and HTTP/1.1 is spoken on each.

mod client;
mod connection;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use imcaxy_shared::config::Settings;
use imcaxy_shared::lifecycle::Lifecycle;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

/// A process that may open no more files tries again after this long: another connection may have ended.
const NO_FILES: Duration = Duration::from_secs(1);
/// How often it is told that all places are taken.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

/// What a listener bears.
#[derive(Clone)]
pub(crate) struct Limits {
    max_connections: usize,
    header_timeout: Option<Duration>,
    trusted_proxies: Arc<[IpNet]>,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        let server = &settings.server;
        Self {
            max_connections: server.max_connections.0.unwrap_or(Semaphore::MAX_PERMITS),
            header_timeout: server.header_timeout.0,
            trusted_proxies: server.trusted_proxies.clone().into(),
        }
    }
}

/// Answers on `listener` until it is time to stop. Connections are tasks of `lifecycle`: who joins it waits until what has
/// begun is answered.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, lifecycle: Lifecycle) {
    let mut places = Places::new(limits.max_connections);
    loop {
        let accepting = async { (places.take().await, accept(&listener).await) };
        let (place, (stream, peer)) = tokio::select! {
            accepted = accepting => accepted,
            () = lifecycle.stopping() => return,
        };
        let talk = connection::talk(stream, peer, router.clone(), limits.clone(), lifecycle.clone());
        lifecycle.spawn(async move {
            talk.await;
            drop(place);
        });
    }
}

/// Places for connections. Who finds none waits in the backlog of the operating system.
struct Places {
    free: Arc<Semaphore>,
    told: Option<Instant>,
}

impl Places {
    fn new(places: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))), told: None }
    }

    async fn take(&mut self) -> Option<OwnedSemaphorePermit> {
        if self.free.available_permits() == 0 && self.told.is_none_or(|told| told.elapsed() >= TOLD_AGAIN) {
            tracing::warn!("server.max_connections is reached: connections wait until others end");
            self.told = Some(Instant::now());
        }
        // It is never closed.
        Arc::clone(&self.free).acquire_owned().await.ok()
    }
}

/// The next connection. Errors of one that is gone already are its own; others, such as too many open files, pass.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(cause) if matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {
            }
            Err(cause) => {
                tracing::error!(%cause, "a connection cannot be accepted");
                sleep(NO_FILES).await;
            }
        }
    }
}
