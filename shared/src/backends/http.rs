//! Calls of servers that the operator names: one call and its answer, read whole.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, redirect};

use crate::causes::causes;

/// How long opening a connection may take.
pub const CONNECT: Duration = Duration::from_secs(2);
/// The largest picture that is read where nothing bounds its pixels, in bytes: a huge canvas must not end the process.
pub const LARGEST_PICTURE: u64 = 512 << 20;
/// How long a connection is kept that nothing goes over. imaginary closes its own after a minute: one that is closed while a picture is
/// sent looks like a crash, and costs that picture.
const IDLE: Duration = Duration::from_secs(20);
/// imaginary's header for an error that is answered with a picture in its place (`-placeholder`).
const ERROR: HeaderName = HeaderName::from_static("error");
/// The header that a throttle adds to every answer.
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");

/// No HTTP client can be had.
#[derive(Debug, thiserror::Error)]
#[error("an HTTP client cannot be set up: {0}")]
pub struct NoClient(#[from] reqwest::Error);

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type, empty if none is told.
    pub content_type: String,
    /// The error that a placeholder of imaginary stands for.
    pub error: Option<String>,
    /// After which time it may be asked again.
    pub retry_after: Option<Duration>,
    /// How many calls a second it takes, where it throttles (`-concurrency`).
    pub rate_limit: Option<u64>,
    /// The body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// No connection could be opened, so it has seen nothing of the call.
    #[error("it cannot be connected to")]
    Unconnected,
    /// It took longer than it may.
    #[error("it took too long")]
    Slow,
    /// The connection was closed, before the answer or within it: it may have crashed over the call.
    #[error("it closed the connection")]
    Closed,
    /// The answer has more bytes than these, which is all that is read of it.
    #[error("it answered more than {0} bytes")]
    TooLarge(u64),
}

/// The guarded constructor of clients: no redirects, no proxy from the environment.
///
/// # Errors
/// No TLS can be set up.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the guarded constructor of clients for servers that the operator names"
)]
pub(super) fn client() -> Result<Client, NoClient> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE);
    Ok(client.build()?)
}

impl Answer {
    /// Sends `request`, and reads what is answered, `most` bytes of a body at most.
    pub(super) async fn to(request: RequestBuilder, most: u64) -> Result<Self, NoAnswer> {
        let mut answer = request.send().await.map_err(|cause| no_answer(&cause))?;
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|cause| no_answer(&cause))? {
            if (body.len() + piece.len()) as u64 > most {
                return Err(NoAnswer::TooLarge(most));
            }
            body.extend_from_slice(&piece);
        }
        let headers = answer.headers();
        Ok(Self {
            status: answer.status().as_u16(),
            content_type: text(headers, &CONTENT_TYPE).unwrap_or_default(),
            // One that is not text stands for an error all the same.
            error: headers.get(ERROR).map(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            retry_after: text(headers, &RETRY_AFTER)
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
            rate_limit: text(headers, &RATE_LIMIT).and_then(|text| text.parse().ok()),
            body: body.freeze(),
        })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The cause is logged without its URL: parameters may hold secrets.
fn no_answer(cause: &reqwest::Error) -> NoAnswer {
    tracing::debug!(cause = causes(cause).join(": "), "a call was not answered");
    if cause.is_connect() {
        NoAnswer::Unconnected
    } else if cause.is_timeout() {
        NoAnswer::Slow
    } else {
        NoAnswer::Closed
    }
}
