//! Asking imaginary: for what a client wrote, and for what a worker sends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use imcaxy_shared::request::Render;
use imcaxy_shared::testing::requests::RawRequest;
use imcaxy_testkit::http;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use sha2::{Digest as _, Sha256};

/// One imaginary, and how often it was asked.
pub struct Asker {
    client: Client,
    base: String,
    originals: AtomicU64,
    canonical: AtomicU64,
}

/// How often imaginary was asked.
pub struct Asked {
    pub originals: u64,
    pub canonical: u64,
}

/// An answer, as far as two are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Whole {
        status: u16,
        media: String,
        digest: [u8; 32],
        length: usize,
        /// The beginning of what is no picture.
        words: String,
    },
    /// The connection was closed without one: imaginary panicked.
    Closed,
}

impl Answer {
    /// Whether it is a picture, or what `info` says of one.
    pub const fn is_picture(&self) -> bool {
        matches!(self, Self::Whole { status: 200, length: 1.., .. })
    }

    /// Whether it calls a failure a success.
    pub const fn is_empty_success(&self) -> bool {
        matches!(self, Self::Whole { status: 200, length: 0, .. })
    }
}

/// imaginary cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskingError {
    #[error("imaginary is gone; asked last was {0}")]
    Gone(String),
    #[error("the HTTP client would send another address than {0}")]
    Rewritten(String),
    #[error("imaginary made no picture for {0}")]
    NoPicture(&'static str),
}

impl Asker {
    pub fn of(base: &str) -> Self {
        let [originals, canonical] = [0, 0].map(AtomicU64::new);
        Self { client: http::client(), base: base.to_owned(), originals, canonical }
    }

    /// A client's own words, as imaginary itself would get them.
    pub async fn original(&self, raw: &RawRequest) -> Result<Answer, AskingError> {
        self.originals.fetch_add(1, Relaxed);
        let path = raw.path.strip_prefix("/imaginary").unwrap_or(&raw.path);
        let address = format!("{}{path}?{}", self.base, raw.query);
        if !Url::parse(&address).is_ok_and(|url| url.as_str() == address) {
            return Err(AskingError::Rewritten(address));
        }
        self.answer(&address, || {
            let request = self.client.get(&address);
            raw.accept.iter().fold(request, |request, accept| request.header(ACCEPT, accept))
        })
        .await
    }

    /// What a worker sends.
    pub async fn canonical(&self, render: &Render, source: &Bytes) -> Result<Answer, AskingError> {
        self.canonical.fetch_add(1, Relaxed);
        let address = format!("{}/{}?{}", self.base, render.operation, render.query());
        self.answer(&address, || {
            let post = self.client.post(&address).header(CONTENT_TYPE, "application/octet-stream");
            post.body(source.clone())
        })
        .await
    }

    /// The picture that comes of a photograph.
    pub async fn picture(&self, request: &'static str, photo: Bytes) -> Result<Bytes, AskingError> {
        let post = self.client.post(format!("{}{request}", self.base)).body(photo);
        let answer = post.send().await.ok().filter(|answer| answer.status() == 200);
        let body = match answer {
            Some(answer) => answer.bytes().await.ok(),
            None => None,
        };
        body.ok_or(AskingError::NoPicture(request))
    }

    pub fn asked(&self) -> Asked {
        Asked { originals: self.originals.load(Relaxed), canonical: self.canonical.load(Relaxed) }
    }

    async fn answer(
        &self,
        address: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, AskingError> {
        match read(request()).await {
            Ok(answer) => Ok(answer),
            // Perhaps the connection was an old one.
            Err(_) => match read(request()).await {
                Ok(answer) => Ok(answer),
                Err(error) if error.is_connect() || error.is_timeout() => {
                    Err(AskingError::Gone(address.to_owned()))
                }
                Err(_) => Ok(Answer::Closed),
            },
        }
    }
}

async fn read(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    const MOST_WORDS: usize = 200;

    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let media = answer.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
    let media = media.unwrap_or_default().to_owned();
    let body = answer.bytes().await?;
    let words = if status == 200 { String::new() } else { String::from_utf8_lossy(&body).into_owned() };
    let words = words.chars().take(MOST_WORDS).collect();
    Ok(Answer::Whole { status, media, digest: Sha256::digest(&body).into(), length: body.len(), words })
}
