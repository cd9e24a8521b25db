//! Is the process alive, and can it answer? The same for every role.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use imcaxy_shared::config::Settings;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::PortError;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::listener::{Limits, serve};
use crate::{Stores, routes};

/// How long a store may take to answer a probe.
const PING: Duration = Duration::from_millis(500);

/// What `/healthz` and `/readyz` are answered from. Clones share it.
#[derive(Clone)]
pub struct Health {
    stores: Arc<OnceLock<Stores>>,
    lifecycle: Lifecycle,
}

impl Health {
    /// A process that lives and has not reached its stores.
    #[must_use]
    pub fn new(lifecycle: &Lifecycle) -> Self {
        Self { stores: Arc::default(), lifecycle: lifecycle.clone() }
    }

    /// The stores were reached.
    pub fn reached(&self, stores: &Stores) {
        // A second contact changes nothing.
        let _first = self.stores.set(stores.clone());
    }

    /// Answers on a listener of its own (`probe.listen`), while the process drains too, and does not keep it from ending.
    pub fn start(&self, listener: TcpListener, settings: &Settings) {
        let router = routes::probes(self.router());
        Lifecycle::spawn_detached(serve(listener, router, Limits::of(settings), Lifecycle::default()));
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/", get(version))
            .route("/health", get(healthz))
            .route("/healthz", get(healthz))
            .route("/readyz", get(readyz))
            .with_state(self.clone())
    }
}

/// Whether a store answers soon enough: a probe gives up after a second, and a store that is away must not take the
/// process out of service.
async fn answers(ping: impl Future<Output = Result<(), PortError>>) -> bool {
    matches!(timeout(PING, ping).await, Ok(Ok(())))
}

/// What this is.
async fn version() -> Response {
    Json(json!({ "name": "imcaxy", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The process lives.
async fn healthz() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// 503 until the first contact with the stores and while draining; afterwards 200, naming the stores that
/// are away: another replica would reach them no better.
async fn readyz(State(health): State<Health>) -> Response {
    let not_ready =
        |status: &str| (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status }))).into_response();
    if health.lifecycle.is_stopping() {
        return not_ready("draining");
    }
    let Some(stores) = health.stores.get() else { return not_ready("starting") };
    let (catalog, objects, queue) = tokio::join!(
        answers(stores.catalog.ping()),
        answers(stores.objects.ping()),
        answers(stores.queue.ping())
    );
    let names = stores.names;
    let answers = [(names.catalog, catalog), (names.objects, objects), (names.queue, queue)];
    let degraded: Vec<&str> = answers.iter().filter(|(_, answers)| !answers).map(|(name, _)| *name).collect();
    Json(json!({ "status": "ready", "degraded": degraded })).into_response()
}
