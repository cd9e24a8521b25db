//! Answers, read whole.

use bytes::Bytes;
use imcaxy_testkit::{System, http};
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::servers;

/// An answer with its body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("a whole body");
        Self { status, headers, body }
    }

    /// The answer to a request that was begun.
    pub async fn to(begun: JoinHandle<Response>) -> Self {
        Self::of(begun.await.expect("an answer")).await
    }

    /// What imaginary itself answers, asked past the gauge.
    pub async fn of_imaginary(path: &str, headers: &[(&str, &str)]) -> Self {
        let url = format!("{}{path}", servers().imaginary_url);
        let asked =
            headers.iter().fold(http::client().get(url), |asked, (name, value)| asked.header(*name, *value));
        Self::of(asked.send().await.expect("imaginary answers")).await
    }

    /// Asks a replica for a path with its query.
    pub async fn get(system: &System, replica: usize, path: &str) -> Self {
        Self::of(system.get(replica, path).await).await
    }

    /// The same, with headers.
    pub async fn with(system: &System, replica: usize, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = system.request(Method::GET, replica, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::of(request.send().await.expect("an answer")).await
    }

    /// Asks the first replica what is processed now.
    pub async fn in_flight(system: &System, query: &str) -> Self {
        let asked = system.admin(Method::GET, 0, &format!("/api/v1/in-flight{query}"));
        Self::of(asked.send().await.expect("an answer")).await
    }

    /// A header, empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn cache_status(&self) -> &str {
        self.header("cache-status")
    }

    /// Whether nothing was rendered for this answer.
    pub fn is_hit(&self) -> bool {
        self.cache_status().starts_with("imcaxy; hit")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    /// What an error says; nothing of a picture.
    pub fn json_or_nothing(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Fails the test unless this is a picture.
    pub fn picture(self) -> Self {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-length"), self.body.len().to_string());
        self
    }

    /// Fails the test unless this is a picture for which nothing was rendered.
    pub fn hit(self) -> Self {
        assert!(self.is_hit(), "{}", self.cache_status());
        self.picture()
    }

    /// Fails the test unless this is an error with that status and code, told as errors are told.
    pub fn refused(self, status: u16, code: &str) -> Self {
        let told = self.json();
        assert_eq!((self.status, told["code"].as_str()), (status, Some(code)), "{told}");
        assert_eq!(told["status"], status);
        assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()), "{told}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert!(!self.headers.contains_key("etag"));
        self
    }
}
