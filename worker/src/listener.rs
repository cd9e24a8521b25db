//! `worker.listen`: who asks a worker directly is imaginary, for watermark images, and an API whose queue is away, for renders.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response};
use imcaxy_shared::jobs::direct;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::direct::Desk;
use crate::relay::{Table, image};

/// What is answered from.
#[derive(Clone)]
pub(crate) struct Counters {
    /// The images that are handed out.
    pub table: Arc<Table>,
    /// Where renders are asked for, if they may be.
    pub desk: Option<Arc<Desk>>,
}

/// Answers until `closing`, and then what has begun.
pub(crate) async fn serve(
    listener: TcpListener,
    counters: Counters,
    closing: CancellationToken,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(counters);
    axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned()).await
}

/// By the end of the path: what stands before it may be that of a proxy which has left it in.
async fn answer(State(counters): State<Counters>, request: Request<Body>) -> Response<Body> {
    match counters.desk {
        Some(desk) if request.uri().path().ends_with(direct::PATH) => desk.answer(request).await,
        _ => image(&counters.table, request.method(), request.uri()),
    }
}
