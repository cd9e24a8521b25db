//! What imaginary is answered.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};

use super::Table;

/// The segment of the path before the name of an image.
pub(super) const PATH: &str = "watermarks";

/// The image of that name, once. Whatever stands before the last two segments: `worker.advertise` may have a path that whoever passes
/// requests on has left in.
pub(crate) fn image(table: &Table, method: &Method, uri: &Uri) -> Response<Body> {
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
