//! Fetching sources: one guarded client, so that what is checked is what is used.

mod body;
mod cache_control;
mod limits;
mod measure;
mod media;
mod resolver;

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
use reqwest::header::{ACCEPT_ENCODING, ETAG, HeaderName, HeaderValue, LAST_MODIFIED, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use url::Url;

use limits::Limits;
pub(crate) use limits::Picture;
pub(crate) use media::{Kind, Media, Raster};
use resolver::{AddressRefused, GuardedResolver};

/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest validator that is kept: it stands in a document that every hit reads.
const LONGEST_VALIDATOR: usize = 1024;

/// Fetches sources, one hop at a time.
pub(crate) struct Origin {
    client: Client,
    places: Places,
    headers: SourceHeaders,
    limits: Limits,
    max_bytes: u64,
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
        let (limits, max_bytes) = (Limits::new(settings), settings.max_bytes.bytes());
        Ok(Self { client, places, headers, limits, max_bytes })
    }

    /// Asks one origin for one URL, after checking that it may be asked.
    ///
    /// # Errors
    /// Everything that is not a whole body or a redirect.
    pub(crate) async fn get(&self, source: &SourceUrl) -> Result<Reached, Failure> {
        self.places.admit(source).map_err(|why| Failure::new(FailureCode::SourceForbidden, why))?;
        let url = Url::parse(source.as_str()).map_err(|_| failed("the source's URL cannot be requested"))?;
        let mut headers = self.headers.of(source);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let asked = self.client.get(url.clone()).headers(headers);
        let answer = asked.send().await.map_err(|cause| unreached(source, &cause))?;
        let private = cache_control::forbids_keeping(answer.headers());
        let hop = match answer.status() {
            StatusCode::OK => self.body(answer).await,
            status if status.is_redirection() && answer.headers().contains_key(LOCATION) => {
                redirect(&url, &answer)
            }
            status @ (StatusCode::NOT_FOUND | StatusCode::GONE) => {
                Err(Failure::new(FailureCode::SourceGone, format!("the source answered {status}")))
            }
            status => Err(failed(&format!("the source answered {status}"))),
        };
        Ok(Reached { hop: hop?, private })
    }

    /// What fetched bytes are, if they are decoded.
    ///
    /// # Errors
    /// They are no picture, not of a type that is decoded, or too much of it.
    pub(crate) fn picture(&self, bytes: &[u8]) -> Result<Picture, Failure> {
        self.limits.admit(bytes)
    }

    async fn body(&self, answer: Response) -> Result<Hop, Failure> {
        let header = |name: HeaderName| answer.headers().get(name).and_then(|v| v.to_str().ok());
        let short = |value: &&str| value.len() <= LONGEST_VALIDATOR;
        let etag = header(ETAG).filter(short).map(str::to_owned);
        let last_modified = header(LAST_MODIFIED).filter(short).map(str::to_owned);
        let body = body::read(answer, self.max_bytes).await?;
        let validator = Validator { etag, last_modified, length: Some(body.len() as u64) };
        Ok(Hop::Body(body, validator))
    }
}

fn redirect(from: &Url, answer: &Response) -> Result<Hop, Failure> {
    let target = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let target = target.and_then(|location| from.join(location).ok());
    let target = target.and_then(|url| SourceUrl::parse(url.as_str()).ok());
    target.map(Hop::Redirect).ok_or_else(|| failed("the source redirects to what is no http or https URL"))
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
