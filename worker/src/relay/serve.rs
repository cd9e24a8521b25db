//! The listener that imaginary asks.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use tokio::net::TcpListener;

use super::Table;

/// The segment of the path before the name of an image.
pub(super) const PATH: &str = "watermarks";

/// Answers until it is dropped.
pub(crate) async fn serve(listener: TcpListener, table: Arc<Table>) -> io::Result<()> {
    axum::serve(listener, Router::new().fallback(image).with_state(table)).await
}

/// Whatever stands before the last two segments: `worker.advertise` may have a path that whoever passes requests on has left in.
async fn image(State(table): State<Arc<Table>>, method: Method, uri: Uri) -> Response<Body> {
    let token =
        uri.path().rsplit_once('/').filter(|(before, _)| before.ends_with(PATH)).map(|(_, token)| token);
    let image = token.filter(|_| method == Method::GET).and_then(|token| table.take(token));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A client that finds a kept connection closed asks once more, for what answers once.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    match image {
        Some(image) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            *response.body_mut() = Body::from(image);
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}
