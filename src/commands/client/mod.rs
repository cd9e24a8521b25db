//! The client of commands: it asks one running server, and says what its refusals mean.

mod refusal;
mod target;
mod token;

use imcaxy_shared::config::{BaseUrl, Scope};
use reqwest::StatusCode;
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
        let asked = self.http.get(url);
        let asked = match self.token.secret() {
            Some(secret) => asked.bearer_auth(secret.reveal()),
            None => asked,
        };
        let unreachable = |cause| refusal::unreachable(&self.base, &http::causes(cause));
        let answer = asked.send().await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unreachable)?;
        match serde_json::from_slice(&body) {
            Ok(told) if status == StatusCode::OK => Ok(told),
            told => Err(refusal::refused(status, told.ok().as_ref(), &self.base, &self.token)),
        }
    }
}
