//! Playing the part of the binary, so that the kit can be tested without it. A role is the binary's one argument,
//! which a test harness takes for the name of the tests to run; so a test program that has a test of that name can be
//! started in its place.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a process reads the variables that the kit sets, and one that cannot play is a test that fails"
)]

use std::env;

use axum::Router;
use axum::http::Uri;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Answers until SIGTERM: `/readyz`, `/names` with the names of its settings, `/echo` with what was asked. Does
/// nothing where it is run as a test.
pub async fn play() {
    let address = ["IMCAXY_LISTEN", "IMCAXY_PROBE_LISTEN"].iter().find_map(|name| env::var(name).ok());
    let Some(address) = address else { return };
    let mut terminate = signal(SignalKind::terminate()).expect("a signal to listen for");
    let router = Router::new()
        .route("/readyz", get("ready"))
        .route("/names", get(async || names().join(" ")))
        .route("/echo", get(async |asked: Uri| asked.to_string()));
    let listener = TcpListener::bind(address).await.expect("its port");
    let stop = async move {
        terminate.recv().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await.expect("serves");
}

fn names() -> Vec<String> {
    let mut names: Vec<_> =
        env::vars().map(|(name, _)| name).filter(|name| name.starts_with("IMCAXY_")).collect();
    names.sort();
    names
}
