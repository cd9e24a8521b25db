//! The client of commands: it asks one running server, and says what its refusals mean.

mod refusal;
mod target;
mod token;

use imcaxy_shared::config::{BaseUrl, Scope};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

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

    /// Asks with `POST`.
    ///
    /// # Errors
    /// A sentence that says what to do about it.
    pub(super) async fn post(&self, call: &str, body: &Value) -> Result<Value, Stop> {
        let asked = self.http.post(self.base.join(&format!("{CALLS}/{call}")));
        self.answer(asked.header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    async fn answer(&self, asked: RequestBuilder) -> Result<Value, Stop> {
        let asked = match self.token.secret() {
            Some(secret) => asked.bearer_auth(secret.reveal()),
            None => asked,
        };
        let unreachable = |cause| refusal::unreachable(&self.base, &http::causes(cause));
        let answer = asked.send().await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice(&body) {
            Ok(told) if status.is_success() => Ok(told),
            told => Err(refusal::refused(status, told.ok().as_ref(), &self.base, &self.token)),
        }
    }
}
