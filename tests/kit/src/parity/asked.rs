//! An imaginary that is asked for pictures.

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use bytes::Bytes;

use super::made::{Made, Outline};
use crate::http;

/// Asks one imaginary. What it does not answer at all fails the test.
#[derive(Clone, Debug)]
pub struct Asked {
    base: String,
    client: Client,
}

impl Asked {
    /// The imaginary at a base URL.
    #[must_use]
    pub fn at(base: &str) -> Self {
        Self { base: base.to_owned(), client: http::client() }
    }

    /// What it is made of: its version, bimg's and libvips'.
    pub async fn versions(&self) -> Value {
        let answer = self.client.get(&self.base).send().await.expect("imaginary answers");
        serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("its versions")
    }

    /// What it makes of a source; `None`: it refuses. What it refuses it is asked for again: of a picture that it turns and encodes for
    /// itself it sometimes finds the bytes gone.
    pub async fn make(&self, request: &str, source: &Bytes) -> Option<Made> {
        for _ in 0..3 {
            if let Some(made) = self.make_once(request, source).await {
                return Some(made);
            }
        }
        None
    }

    async fn make_once(&self, request: &str, source: &Bytes) -> Option<Made> {
        let url = format!("{}/{request}", self.base);
        let answer = self.client.post(url).body(source.clone()).send().await.expect("imaginary answers");
        if !answer.status().is_success() {
            return None;
        }
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok());
        let content_type = content_type.expect("a type").to_owned();
        Some(Made { content_type, bytes: answer.bytes().await.expect("whole") })
    }

    /// What it says of a picture.
    pub async fn info(&self, picture: &Bytes) -> Value {
        let made = self.make("info", picture).await;
        made.and_then(|made| made.said()).expect("imaginary reads the picture")
    }

    /// What is seen of a result from afar; it must be readable for imaginary.
    pub async fn outline(&self, made: &Made) -> Outline {
        if let Some(said) = made.said() {
            return Outline::Said(said);
        }
        let info = self.info(&made.bytes).await;
        let side = |name| info.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (width, height) = (side("width"), side("height"));
        Outline::Picture { content_type: made.content_type.clone(), width, height }
    }
}
