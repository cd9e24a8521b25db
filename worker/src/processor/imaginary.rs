//! imaginary, over HTTP: the source's bytes are posted, so that it fetches nothing itself.

use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::config;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::{Operation, Render};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use url::Url;

use super::Picture;
use crate::origin::{Media, causes, read_at_most};

/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// The largest answer that is read: a huge canvas must not end the worker.
const LARGEST_ANSWER: u64 = 128 << 20;
/// How much of an error's message is passed on.
const LONGEST_MESSAGE: usize = 500;

/// One imaginary.
pub(crate) struct Imaginary {
    client: Client,
    base: Url,
    places: Semaphore,
}

impl Imaginary {
    /// The guarded constructor of the client: this one base URL, no redirects, no proxy from the environment.
    ///
    /// # Errors
    /// No TLS can be set up.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the guarded constructor of the client for imaginary"
    )]
    pub(crate) fn new(base: Url, settings: &config::Imaginary) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(settings.timeout)
            .build()?;
        Ok(Self { client, base, places: Semaphore::new(settings.concurrency) })
    }

    /// Waits for one of the places that `imaginary.concurrency` allows, for `patience` at most.
    ///
    /// # Errors
    /// Nobody left one in that time.
    pub(crate) async fn place(&self, patience: Duration) -> Result<SemaphorePermit<'_>, Failure> {
        let taken = || failed("imaginary has no place for another render (imaginary.concurrency)");
        let place = timeout(patience, self.places.acquire()).await.map_err(|_| taken())?;
        // Nobody closes them.
        place.map_err(|_| taken())
    }

    /// Renders `source`, in one of the places.
    ///
    /// # Errors
    /// imaginary refuses, or fails in one of its ways.
    pub(crate) async fn render(
        &self,
        _place: SemaphorePermit<'_>,
        render: &Render,
        source: Bytes,
    ) -> Result<Picture, Failure> {
        let post = self.client.post(self.address(render)).header(CONTENT_TYPE, "application/octet-stream");
        let answer = post.body(source).send().await.map_err(|cause| unanswered(&cause))?;
        let status = answer.status();
        // With `-placeholder-status 200` an error is a picture of the right size; this header is its only trace.
        let placeholder = answer.headers().contains_key("error");
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let bytes = answer_bytes(answer).await?;
        match status {
            StatusCode::OK if placeholder => Err(failed("imaginary answered a placeholder")),
            StatusCode::OK if bytes.is_empty() => Err(failed("imaginary answered an empty picture")),
            StatusCode::OK => checked(render.operation, Picture { content_type, bytes }),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED => {
                Err(failed(&format!("imaginary answered {status}")))
            }
            status if status.is_client_error() => {
                Err(Failure::new(FailureCode::ImaginaryRefused(status.as_u16()), message(&bytes)))
            }
            status => Err(failed(&format!("imaginary answered {status}"))),
        }
    }

    fn address(&self, render: &Render) -> Url {
        let mut address = self.base.clone();
        let path = format!("{}/{}", self.base.path().trim_end_matches('/'), render.operation.name());
        address.set_path(&path);
        address.set_query(Some(&render.query()));
        address
    }
}

/// A picture whose bytes are of the type it is called (imaginary calls HEIF bytes image/jpeg), or what `info` says of one.
fn checked(operation: Operation, picture: Picture) -> Result<Picture, Failure> {
    if operation == Operation::Info && picture.content_type.starts_with("application/json") {
        return Ok(picture);
    }
    if !picture.content_type.starts_with("image/") {
        // Something stands in front of imaginary and answers in its place.
        return Err(failed("imaginary answered what is no picture"));
    }
    match Media::of(&picture.bytes) {
        Some(media) if media.name == picture.content_type => Ok(picture),
        found => {
            let found = found.map_or("of an unknown type", |media| media.name);
            let message =
                format!("the picture is called {} and is {found}; ask for a type", picture.content_type);
            Err(Failure::new(FailureCode::UnsupportedType, message))
        }
    }
}

async fn answer_bytes(mut answer: Response) -> Result<Bytes, Failure> {
    let bytes = read_at_most(&mut answer, LARGEST_ANSWER).await.map_err(|cause| unanswered(&cause))?;
    bytes.ok_or_else(|| failed(&format!("imaginary answered more than {} MiB", LARGEST_ANSWER >> 20)))
}

/// imaginary's own sentence: `{"message":"…","status":…}`, or plain text.
fn message(body: &[u8]) -> String {
    let json = serde_json::from_slice::<serde_json::Value>(body).ok();
    let message = json.as_ref().and_then(|json| json.get("message")).and_then(|message| message.as_str());
    let message = message.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    message.trim().chars().take(LONGEST_MESSAGE).collect()
}

fn failed(message: &str) -> Failure {
    Failure::new(FailureCode::ImaginaryFailed, message)
}

/// The cause is logged without its URL: parameters may hold secrets.
fn unanswered(cause: &reqwest::Error) -> Failure {
    tracing::warn!(cause = causes(cause), "imaginary did not answer");
    failed(if cause.is_timeout() { "imaginary took too long" } else { "imaginary did not answer" })
}
