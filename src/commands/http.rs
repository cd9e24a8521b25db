//! The HTTP client of commands: it talks to the one server that it was told of.

use std::time::Duration;

use reqwest::{Client, redirect};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The guarded constructor: no redirects, so that a token goes where it was meant to, and no proxy from the environment.
#[expect(clippy::disallowed_methods, reason = "this is the guarded constructor of the client of commands")]
pub(super) fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        .build()
}

/// An error with what caused it, without the URL, which may hold a secret.
pub(super) fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = imcaxy_shared::causes::causes(&error);
    std::iter::once(error.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
}
