//! The client of commands: it asks one running server, and says what its refusals mean.

mod refusal;
mod target;
mod token;

use std::time::Duration;

use imcaxy_shared::config::{BaseUrl, Scope};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::http;
use crate::cli::Server;
use crate::configuration::Configuration;
use crate::stop::Stop;
use token::Token;

/// Below this stand all calls of the administration.
const CALLS: &str = "api/v1";

/// Asks one server, with the token that was found for it.
pub(super) struct Client {
    http: reqwest::Client,
    base: BaseUrl,
    token: Token,
}

impl Client {
    /// The server that was named, else that of the configuration, and a token for calls that need `scope`.
    ///
    /// # Errors
    /// What was named is no server, or what is configured cannot be read.
    pub(super) fn new(server: &Server, scope: Scope, configuration: &Configuration) -> Result<Self, Stop> {
        let base = target::base(server, configuration)?;
        let token = token::find(server, scope, &base, configuration)?;
        Ok(Self { http: http::client()?, base, token })
    }

    /// Asks with `GET`; `call` is what follows `/api/v1/`.
    ///
    /// # Errors
    /// A sentence that says what to do about it.
    pub(super) async fn get(&self, call: &str, query: &[(&str, &str)]) -> Result<Value, Stop> {
        let mut url = self.base.join(&format!("{CALLS}/{call}"));
        url.query_pairs_mut().extend_pairs(query);
        self.answer(self.http.get(url)).await
    }

    /// Asks with `POST` what may be asked again: a server that has no room says when, and is asked for `patience` in all.
    ///
    /// # Errors
    /// A sentence that says what to do about it.
    pub(super) async fn post(&self, call: &str, body: &Value, patience: Duration) -> Result<Value, Stop> {
        let until = Instant::now() + patience;
        loop {
            let asked = self.http.post(self.base.join(&format!("{CALLS}/{call}")));
            let asked = asked.header(CONTENT_TYPE, "application/json").body(body.to_string());
            let answer = self.send(asked).await?;
            let again = (answer.status() == StatusCode::SERVICE_UNAVAILABLE).then(|| pause(answer.headers()));
            match again.flatten().filter(|pause| Instant::now() + *pause <= until) {
                Some(pause) => sleep(pause).await,
                None => return self.read(answer).await,
            }
        }
    }

    async fn answer(&self, asked: RequestBuilder) -> Result<Value, Stop> {
        let answer = self.send(asked).await?;
        self.read(answer).await
    }

    async fn send(&self, asked: RequestBuilder) -> Result<Response, Stop> {
        let asked = match self.token.secret() {
            Some(secret) => asked.bearer_auth(secret.reveal()),
            None => asked,
        };
        asked.send().await.map_err(|cause| self.unreachable(cause))
    }

    async fn read(&self, answer: Response) -> Result<Value, Stop> {
        let status = answer.status();
        let body = answer.bytes().await.map_err(|cause| self.unreachable(cause))?;
        match serde_json::from_slice(&body) {
            Ok(told) if status.is_success() => Ok(told),
            told => Err(refusal::refused(status, told.ok().as_ref(), &self.base, &self.token)),
        }
    }

    fn unreachable(&self, cause: reqwest::Error) -> Stop {
        refusal::unreachable(&self.base, &http::causes(cause))
    }
}

/// When a server that has no room wants to be asked again, as far as it says so in seconds.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
