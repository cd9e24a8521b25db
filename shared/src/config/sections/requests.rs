//! Requests for images, and how much of them may wait.

use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;

use super::super::value::{Limit, Secret, value};
use crate::guard::WebOrigin;

/// Requests for images.
#[derive(Clone, Debug, Config)]
pub struct Requests {
    /// How long a request waits for its job.
    #[config(default = "30s", deserialize_with = value)]
    pub wait: Duration,

    /// Requests that wait for their jobs, in one process; above it 503.
    #[config(default = "10000", deserialize_with = value)]
    pub max_waiting: Limit<usize>,

    /// Most pixels of a result, and of what a pipeline makes on the way; above it 400, before anything is rendered.
    #[config(default = "50000000", deserialize_with = value)]
    pub max_pixels: Limit<u64>,

    /// Longest request target; longer ones are 414, and so is any above 64 KiB.
    #[config(default = "16KiB", deserialize_with = value)]
    pub max_uri: Limit<ByteSize>,

    /// API keys, one of which clients must send: in the header `API-Key`, else as `key=`.
    #[config(deserialize_with = value)]
    pub keys: Option<Vec<Secret>>,

    /// Clients need no key although imaginary has one.
    #[config(default = "false", deserialize_with = value)]
    pub open: bool,

    /// `Origin` headers that are allowed, such as `https://www.example.com`; without it any. A request without the header passes.
    #[config(deserialize_with = value)]
    pub allow_origins: Option<Vec<WebOrigin>>,
}

/// Signed requests.
#[derive(Clone, Debug, Config)]
pub struct Signing {
    /// Keys of 32 characters or more, with one of which requests must be signed as imaginary wants it (`sign`, over the path
    /// without `/imaginary`). Several, while one takes the place of another.
    #[config(deserialize_with = value)]
    pub key: Option<Vec<Secret>>,
}

/// How much may wait.
#[derive(Clone, Debug, Config)]
pub struct Queue {
    /// Waiting render jobs of requests; above it, or when a new one would wait longer than `requests.wait`, 503.
    #[config(default = "1000", deserialize_with = value)]
    pub max_depth: Limit<u64>,
}
