//! Asking imaginary: for what a client wrote, and for what a worker sends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::request::Render;
use imcaxy_shared::testing::requests::RawRequest;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, OwnImaginary, http};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, RwLock};

/// One imaginary, and how often it was asked.
pub struct Asker {
    client: Client,
    server: Mutex<Server>,
    /// Held alone by who asks again, so that an answer that does not come is its own.
    turn: RwLock<()>,
    originals: AtomicU64,
    canonical: AtomicU64,
}

/// The imaginary that is asked now, and how many were before it.
struct Server {
    imaginary: OwnImaginary,
    ended: u64,
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
    /// imaginary's process ended.
    Ended,
}

impl Answer {
    /// Whether these are the same bytes of the same type, or errors with one status: what an error says may quote the
    /// request.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole { status: one @ 400.., .. }, Self::Whole { status: other, .. }) => one == other,
            _ => self == other,
        }
    }

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
    #[error(transparent)]
    Kit(#[from] KitError),
    #[error("imaginary did not answer in a minute, asked for {0}")]
    Silent(String),
    #[error("the HTTP client would send another address than {0}")]
    Rewritten(String),
    #[error("imaginary made no picture for {0}")]
    NoPicture(&'static str),
}

impl Asker {
    /// Starts one.
    pub async fn start() -> Result<Self, KitError> {
        let server = Mutex::new(Server { imaginary: OwnImaginary::start(&[]).await?, ended: 0 });
        let [originals, canonical] = [0, 0].map(AtomicU64::new);
        Ok(Self { client: http::client(), server, turn: RwLock::new(()), originals, canonical })
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.into_inner().imaginary.stop().await;
    }

    /// A client's own words, as imaginary itself would get them.
    pub async fn original(&self, raw: &RawRequest) -> Result<Answer, AskingError> {
        self.originals.fetch_add(1, Relaxed);
        let path = raw.path.strip_prefix("/imaginary").unwrap_or(&raw.path);
        let asked = format!("{path}?{}", raw.query);
        let sent = Url::parse("http://h").and_then(|base| base.join(&asked));
        if !sent.is_ok_and(|url| url.as_str().ends_with(&asked)) {
            return Err(AskingError::Rewritten(asked));
        }
        self.answer(&asked, |address| {
            let request = self.client.get(address);
            raw.accept.iter().fold(request, |request, accept| request.header(ACCEPT, accept))
        })
        .await
    }

    /// What a worker sends.
    pub async fn canonical(&self, render: &Render, source: &Bytes) -> Result<Answer, AskingError> {
        self.canonical.fetch_add(1, Relaxed);
        let asked = format!("/{}?{}", render.operation, render.query());
        self.answer(&asked, |address| {
            let post = self.client.post(address).header(CONTENT_TYPE, "application/octet-stream");
            post.body(source.clone())
        })
        .await
    }

    /// The picture that comes of a photograph.
    pub async fn picture(&self, request: &'static str, photo: Bytes) -> Result<Bytes, AskingError> {
        let base = self.server.lock().await.imaginary.url().to_owned();
        let post = self.client.post(format!("{base}{request}")).body(photo);
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

    /// Asks; where nothing came, which another request may be to blame for, asks again while nobody else does.
    async fn answer(
        &self,
        asked: &str,
        request: impl Fn(String) -> RequestBuilder,
    ) -> Result<Answer, AskingError> {
        let first = {
            let _shared = self.turn.read().await;
            self.once(asked, &request).await?
        };
        match first {
            Answer::Whole { .. } => Ok(first),
            Answer::Closed | Answer::Ended => {
                let _alone = self.turn.write().await;
                self.once(asked, &request).await
            }
        }
    }

    async fn once(
        &self,
        asked: &str,
        request: &impl Fn(String) -> RequestBuilder,
    ) -> Result<Answer, AskingError> {
        let (base, ended) = {
            let server = self.server.lock().await;
            (server.imaginary.url().to_owned(), server.ended)
        };
        match read(request(format!("{base}{asked}"))).await {
            Ok(answer) => return Ok(answer),
            Err(error) if error.is_timeout() => return Err(AskingError::Silent(asked.to_owned())),
            Err(_) if self.lives(&base).await => return Ok(Answer::Closed),
            Err(_) => {}
        }
        say(&format!("imaginary's process ended; asked was {asked}"));
        self.replace(ended).await?;
        Ok(Answer::Ended)
    }

    /// A process that aborts takes a moment to be gone.
    async fn lives(&self, base: &str) -> bool {
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.client.get(format!("{base}/health")).send().await.is_ok()
    }

    /// Starts another one, unless somebody has.
    async fn replace(&self, ended: u64) -> Result<(), KitError> {
        let mut server = self.server.lock().await;
        if server.ended == ended {
            server.imaginary = OwnImaginary::start(&[]).await?;
            server.ended += 1;
        }
        Ok(())
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
