//! Fetching sources: one guarded client, so that what is checked is what is used.

mod ask;
mod body;
mod bound;
mod cache_control;
mod limits;
mod measure;
mod media;
mod resolver;
mod version;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::causes::causes;
use imcaxy_shared::config::Sources;
use imcaxy_shared::entry::Validator;
use imcaxy_shared::guard::{Places, SourceHeaders};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::SourceUrl;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use tokio::task::spawn_blocking;
use url::Url;

pub(crate) use ask::Told;
pub(crate) use bound::{Bound, Bounds};
use limits::Limits;
pub(crate) use limits::Picture;
pub(crate) use measure::{gif_is_clear, webp_is_whole};
pub(crate) use media::{Kind, Media, Raster};
use resolver::{AddressRefused, GuardedResolver};

/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest address that is redirected to, in bytes: it becomes part of documents, and of jobs' news.
const LONGEST_LOCATION: usize = 8 << 10;

/// How many bytes are looked through where others wait for it.
const MEASURED_AT_ONCE: usize = 64 << 10;

/// Fetches sources, one hop at a time.
pub(crate) struct Origin {
    client: Client,
    places: Places,
    headers: SourceHeaders,
    limits: Limits,
}

/// What one request to an origin gave, and whether it may not be kept by what its answer says.
pub(crate) struct Reached {
    pub hop: Hop,
    pub private: bool,
}

/// Where one request to an origin led.
pub(crate) enum Hop {
    /// The bytes, with what the origin said of their version.
    Body(Bytes, Validator),
    /// Another place to look, not yet checked.
    Redirect(SourceUrl),
}

impl Origin {
    /// The guarded constructor of the client: no redirects of its own, no proxy from the environment, and only
    /// addresses that are permitted.
    ///
    /// # Errors
    /// No TLS can be set up.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the guarded constructor of the client for sources"
    )]
    pub(crate) fn new(settings: &Sources) -> Result<Self, reqwest::Error> {
        let places = settings.places();
        let resolver = GuardedResolver::new(places.clone(), resolver::system);
        let client = Client::builder()
            .user_agent(concat!("imcaxy/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .dns_resolver(Arc::new(resolver))
            .build()?;
        let headers = settings.headers.clone();
        Ok(Self { client, places, headers, limits: Limits::new(settings) })
    }

    /// Asks one origin for one URL, after checking that it may be asked, and reads no more of a body than `bound`.
    ///
    /// # Errors
    /// Everything that is not a whole body or a redirect.
    pub(crate) async fn get(&self, source: &SourceUrl, bound: Bound) -> Result<Reached, Failure> {
        let (url, answer) = self.send(source, HeaderMap::new()).await?;
        let private = cache_control::forbids_keeping(answer.headers());
        let hop = match answer.status() {
            StatusCode::OK => whole(answer, bound).await,
            status if status.is_redirection() && answer.headers().contains_key(LOCATION) => {
                redirect(&url, &answer).map(Hop::Redirect)
            }
            status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => {
                Err(Failure::new(FailureCode::SourceGone, format!("the source answered {status}")))
            }
            status => Err(failed(&format!("the source answered {status}"))),
        };
        Ok(Reached { hop: hop?, private })
    }

    /// Sends one request, after checking that it may be sent.
    async fn send(&self, source: &SourceUrl, conditions: HeaderMap) -> Result<(Url, Response), Failure> {
        self.places.admit(source).map_err(|why| Failure::new(FailureCode::SourceForbidden, why))?;
        let url = Url::parse(source.as_str()).map_err(|_| failed("the source's URL cannot be requested"))?;
        let mut headers = self.headers.of(source);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.extend(conditions);
        let asked = self.client.get(url.clone()).headers(headers);
        let answer = asked.send().await.map_err(|cause| unreached(source, &cause))?;
        Ok((url, answer))
    }

    /// What fetched bytes are, if they are decoded. Nobody else's task waits for a look through many of them.
    ///
    /// # Errors
    /// They are no picture, not of a type that is decoded, or too much of it.
    pub(crate) async fn picture(&self, bytes: &Bytes) -> Result<Picture, Failure> {
        if bytes.len() <= MEASURED_AT_ONCE {
            return self.limits.admit(bytes);
        }
        let (limits, bytes) = (self.limits, bytes.clone());
        let looked = spawn_blocking(move || limits.admit(&bytes)).await;
        looked.map_err(|_| Failure::new(FailureCode::Internal, "the source could not be measured"))?
    }
}

async fn whole(answer: Response, bound: Bound) -> Result<Hop, Failure> {
    let validator = version::validator(answer.headers());
    let body: Bytes = body::read(answer, bound).await?;
    let length = Some(body.len() as u64);
    Ok(Hop::Body(body, Validator { length, ..validator }))
}

fn redirect(from: &Url, answer: &Response) -> Result<SourceUrl, Failure> {
    let location = answer.headers().get(LOCATION);
    if location.is_some_and(|location| location.len() > LONGEST_LOCATION) {
        let message = format!("the source redirects to an address of more than {LONGEST_LOCATION} bytes");
        return Err(failed(&message));
    }
    let target = location.and_then(|location| location.to_str().ok());
    let target = target.and_then(|location| from.join(location).ok());
    let target = target.and_then(|url| SourceUrl::parse(url.as_str()).ok());
    target.ok_or_else(|| failed("the source redirects to what is no http or https URL"))
}

fn failed(message: &str) -> Failure {
    Failure::new(FailureCode::SourceFailed, message)
}

/// The cause stays in the log: it names addresses that are nobody's business.
fn unreached(source: &SourceUrl, cause: &reqwest::Error) -> Failure {
    let mut inner: Option<&(dyn Error + 'static)> = Some(cause);
    while let Some(error) = inner {
        if error.is::<AddressRefused>() {
            let host = source.host();
            let message =
                format!("host {host} has no address but special ones that sources.private does not name");
            return Failure::new(FailureCode::SourceForbidden, message);
        }
        inner = error.source();
    }
    tracing::info!(host = source.host(), cause = causes(cause).join(": "), "a source could not be reached");
    failed("the source cannot be reached")
}
