//! `GET /samples/{name}.jpg`: pictures that the program draws, on the embedded stack.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderValue};
use axum::http::{Request, request::Parts};
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::samples::Sample;

use crate::cache_status::{CacheStatus, Tier};
use crate::conditional::Current;
use crate::error::{Code, Refused};
use crate::formed::formed;
use crate::front::Front;
use crate::headers::{self, insert};
use crate::open::Opened;

/// Where they are. The router cannot say how a name ends.
pub(crate) const ROUTE: &str = "/samples/{name}";

/// Answers as pictures are answered. Whoever asks is answered: there is nothing to guard.
pub(crate) async fn sample(State(front): State<Front>, request: Request<Body>) -> Response {
    let (http, _body) = request.into_parts();
    picture(&front, &http).await.unwrap_or_else(Refused::into_response)
}

async fn picture(front: &Front, http: &Parts) -> Result<Response, Refused> {
    let sample = front.samples.at_path(http.uri.path()).ok_or_else(no_such_sample)?;
    let drawn = front.samples.read(sample).await?;
    let size = drawn.bytes.len() as u64;
    // The next version of the program may draw another, and the date says nothing of that.
    let current = Current { etag: &drawn.etag, size, modified: None };
    let Opened { form, body, tier } = Opened::from_bytes(http, &current, &drawn.bytes, Tier::Memory);
    let mut response = formed(form, body, size, "image/jpeg", |headers| {
        insert(headers, ETAG, drawn.etag.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers::insert_safety(headers);
    });
    insert(response.headers_mut(), headers::CACHE_STATUS, CacheStatus::hit(tier).to_string());
    Ok(response)
}

fn no_such_sample() -> Refused {
    let paths = Sample::ALL.map(Sample::path).join(", ");
    Refused::new(
        Code::NotFound,
        format!("there is no such sample; where nothing is configured there are {paths}"),
    )
}
