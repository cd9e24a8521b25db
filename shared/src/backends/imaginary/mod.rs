//! imaginary over HTTP: what the worker asks of it, and what anybody asks who wants to know how it is.

mod examine;
mod version;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::http::client;
use crate::config::{self, BaseUrl, Secret};
use crate::request::{Render, signature};

pub use super::http::{Answer, CONNECT, LARGEST_PICTURE, NoAnswer, NoClient};
pub use examine::{Examined, LetThrough, same_versions, small_picture};
pub use version::Version;

/// What a picture may have beside its pixels, in bytes: what it has inherited from its source, such as profiles.
const BESIDE_PIXELS: u64 = 64 << 20;
/// The most bytes of a pixel: red, green, blue and alpha, not compressed.
const BYTES_PER_PIXEL: u64 = 4;
/// The largest answer to a question about imaginary itself.
const LARGEST_TELLING: u64 = 64 << 10;

/// One imaginary.
#[derive(Clone, Debug)]
pub struct Imaginary {
    client: Client,
    base: BaseUrl,
    key: Option<HeaderValue>,
    signature_key: Option<Secret>,
    timeout: Duration,
}

/// imaginary does not say that it is well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwell {
    /// It does not answer in time, or not at all.
    #[error("it does not answer")]
    Silent,
    /// It answers this.
    #[error("it answers {0}")]
    Answers(u16),
}

/// How many bytes a picture may have that has `max_pixels` pixels at most (`requests.max_pixels`).
#[must_use]
pub const fn largest_picture(max_pixels: Option<u64>) -> u64 {
    match max_pixels {
        Some(pixels) => pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(BESIDE_PIXELS),
        None => LARGEST_PICTURE,
    }
}

impl Imaginary {
    /// Those that `imaginary.url` names, each once.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub fn all(settings: &config::Imaginary) -> Result<Vec<Self>, NoClient> {
        let client = client()?;
        let mut bases: Vec<&BaseUrl> = Vec::new();
        for base in &settings.url {
            if !bases.iter().any(|known| known.to_string() == base.to_string()) {
                bases.push(base);
            }
        }
        let key = settings.key.as_ref().and_then(|key| HeaderValue::from_str(key.reveal()).ok());
        let key = key.map(|mut key| {
            key.set_sensitive(true);
            key
        });
        let one = |base: &BaseUrl| Self {
            client: client.clone(),
            base: base.clone(),
            key: key.clone(),
            signature_key: settings.signature_key.clone(),
            timeout: settings.timeout,
        };
        Ok(bases.into_iter().map(one).collect())
    }

    /// Where it is.
    #[must_use]
    pub const fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Posts a picture to be rendered, for `imaginary.timeout` at most, and reads `most` bytes of what comes of it at most.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn post(&self, render: &Render, source: Bytes, most: u64) -> Result<Answer, NoAnswer> {
        let post = self.client.post(self.address(render)).header(CONTENT_TYPE, "application/octet-stream");
        let post = self.with_key(post).timeout(self.timeout).body(source);
        Answer::to(post, most).await
    }

    /// Asks whether it is well: `GET /health`.
    ///
    /// # Errors
    /// It does not say so within that time.
    pub async fn health(&self, within: Duration) -> Result<(), Unwell> {
        self.ask("health", within).await.map(drop)
    }

    /// Asks for its version: `GET /`. `None` where it does not tell: v1.2.4 has no such page when it is started with a path prefix.
    ///
    /// # Errors
    /// It does not answer within that time.
    pub async fn version(&self, within: Duration) -> Result<Option<Version>, Unwell> {
        match self.ask("", within).await {
            Ok(answer) => Ok(Version::read(&answer.body)),
            Err(Unwell::Answers(_)) => Ok(None),
            Err(silent) => Err(silent),
        }
    }

    async fn ask(&self, path: &str, within: Duration) -> Result<Answer, Unwell> {
        let mut url = self.base.join(path);
        // A prefix has no slash at its end: imaginary has its own page at the prefix alone.
        if path.is_empty() {
            url = self.base.url().clone();
            url.set_path(self.base.url().path().trim_end_matches('/'));
        }
        let get = self.with_key(self.client.get(url));
        let asked = timeout(within, Answer::to(get, LARGEST_TELLING)).await;
        let answer = asked.ok().and_then(Result::ok).ok_or(Unwell::Silent)?;
        if answer.status == StatusCode::OK.as_u16() {
            Ok(answer)
        } else {
            Err(Unwell::Answers(answer.status))
        }
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.header("API-Key", key.clone()),
            None => request,
        }
    }

    fn address(&self, render: &Render) -> Url {
        let mut address = self.base.join(render.operation.name());
        let mut query = render.query();
        if let Some(key) = &self.signature_key
            // The whole path is signed, with the prefix that imaginary was started with.
            && let Some(signed) = signature(key.reveal().as_bytes(), address.path(), &query)
        {
            let joint = if query.is_empty() { "" } else { "&" };
            query.push_str(&format!("{joint}sign={}", URL_SAFE_NO_PAD.encode(signed)));
        }
        address.set_query(Some(&query));
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;
    use crate::testing::build;

    fn all(pairs: &[(&str, &str)]) -> Vec<Imaginary> {
        let mut layers = Layers::default();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        layers.environment(pairs).unwrap();
        Imaginary::all(&layers.settings().unwrap().imaginary).unwrap()
    }

    #[test]
    fn base_urls_count_once_however_they_are_spelled() {
        let url = "http://a:9000,http://b:9000/p/, http://A:9000/";
        let bases: Vec<String> =
            all(&[("IMCAXY_IMAGINARY_URL", url)]).iter().map(|one| one.base().to_string()).collect();
        assert_eq!(bases, ["http://a:9000", "http://b:9000/p"]);
    }

    #[test]
    fn every_picture_that_pixels_allow_is_read_and_no_canvas_without_end() {
        let rgba = |pixels: u64| pixels * 4;
        assert!(largest_picture(Some(50_000_000)) > rgba(50_000_000));
        assert!(largest_picture(Some(1_000_000)) < largest_picture(None));
        assert_eq!(largest_picture(Some(u64::MAX)), u64::MAX);
        assert_eq!(largest_picture(None), LARGEST_PICTURE);
    }

    #[test]
    fn the_whole_path_is_signed_with_the_prefix_of_the_base_url() {
        let key = "0123456789abcdef0123456789abcdef";
        let settings = [("IMCAXY_IMAGINARY_URL", "http://a/p/"), ("IMCAXY_IMAGINARY_SIGNATURE_KEY", key)];
        let address = all(&settings)[0].address(&build::request("http://h/a.jpg", 300).render());
        let signed = signature(key.as_bytes(), "/p/resize", "width=300").unwrap();
        let signed = URL_SAFE_NO_PAD.encode(signed);
        assert_eq!(address.as_str(), format!("http://a/p/resize?width=300&sign={signed}"));
    }
}
