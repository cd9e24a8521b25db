//! The HTTP client of tests.

use std::time::Duration;

use tokio::task::JoinHandle;

/// So long a connection is kept for the next request: less than an API keeps one on which nothing is asked (`server.header_timeout`), else a
/// request now and then meets one that is just being closed.
const IDLE: Duration = Duration::from_secs(4);

/// A client that follows no redirect, uses no proxy, and gives up after a minute.
#[must_use]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .pool_idle_timeout(IDLE)
        .build()
        .expect("the HTTP client of the tests can be built")
}

/// Sends a request while the test goes on; awaiting what is answered here gives the response. No answer at all fails
/// the test.
pub fn begin(request: reqwest::RequestBuilder) -> JoinHandle<reqwest::Response> {
    tokio::spawn(async move { request.send().await.expect("the request should be answered") })
}

/// Whether a GET of `url` is answered with a 2xx within two seconds.
pub(crate) async fn answers(client: &reqwest::Client, url: &str) -> bool {
    match client.get(url).timeout(Duration::from_secs(2)).send().await {
        Ok(response) => response.status().is_success(),
        Err(_) => false,
    }
}
