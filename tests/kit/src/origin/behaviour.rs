//! How a path of the origin behaves.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;

/// How a path of the origin answers. The default is the photograph of that name, as a plain file server serves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Behaviour {
    pub(super) status: Option<StatusCode>,
    pub(super) delay: Duration,
    pub(super) slow: Option<Slow>,
    pub(super) cut_after: Option<usize>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) turns: Vec<Bytes>,
    pub(super) without_validators: bool,
    pub(super) without_length: bool,
}

/// A body that comes in parts with pauses between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) part: usize,
    pub(super) pause: Duration,
}

impl Behaviour {
    /// The photograph of that name, at once.
    #[must_use]
    pub fn photo() -> Self {
        Self::default()
    }

    /// These bytes instead of the photograph.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self { body: Some(bytes.into()), ..Self::default() }
    }

    /// Each of these in turn, from the first again after the last.
    #[must_use]
    pub fn in_turn(turns: Vec<Bytes>) -> Self {
        Self { turns, ..Self::default() }
    }

    /// A page where a picture should be, with status 200.
    #[must_use]
    pub fn html() -> Self {
        Self::bytes("<!doctype html><title>Hello</title><p>This is not a picture.")
            .header("content-type", "text/html; charset=utf-8")
    }

    /// This status. From 400 on it comes with a line of text instead of a picture, unless bytes are given.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::default().with_status(status)
    }

    /// A redirect, 302.
    #[must_use]
    pub fn redirect_to(location: &str) -> Self {
        Self::status(302).header("location", location)
    }

    /// With this status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(StatusCode::from_u16(status).expect("a status has three digits"));
        self
    }

    /// With this header; it takes the place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("the name of a header");
        self.headers.insert(name, HeaderValue::from_str(value).expect("the value of a header"));
        self
    }

    /// Without `ETag` and `Last-Modified`, except those that are given as headers.
    #[must_use]
    pub fn without_validators(mut self) -> Self {
        self.without_validators = true;
        self
    }

    /// Without `Content-Length`: how long the body is shows at its end.
    #[must_use]
    pub fn without_length(mut self) -> Self {
        self.without_length = true;
        self
    }

    /// After this time, in which not even headers are sent.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// With a body in parts of so many bytes, and a pause before each.
    #[must_use]
    pub fn slowly(mut self, part: usize, pause: Duration) -> Self {
        self.slow = Some(Slow { part: part.max(1), pause });
        self
    }

    /// With a body that ends after so many bytes, although more were promised; then the connection is closed.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }

    /// How it answers the request before which it has seen so many.
    pub(super) fn at_turn(mut self, seen: usize) -> Self {
        if let Some(body) = self.turns.get(seen % self.turns.len().max(1)) {
            self.body = Some(body.clone());
        }
        self
    }

    pub(super) fn given(&self, name: header::HeaderName) -> Option<&HeaderValue> {
        self.headers.get(name)
    }
}
