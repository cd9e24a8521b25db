//! Requests for images, and how much of them may wait.

use std::time::Duration;

use bytesize::ByteSize;
use confique::Config;

use super::super::value::{Limit, value};

/// Requests for images.
#[derive(Clone, Debug, Config)]
pub struct Requests {
    /// How long a request waits for its job.
    #[config(default = "30s", deserialize_with = value)]
    pub wait: Duration,

    /// Requests that wait for their jobs, in one process; above it 503.
    #[config(default = "10000", deserialize_with = value)]
    pub max_waiting: Limit<usize>,

    /// Longest request target; longer ones are 414.
    #[config(default = "16KiB", deserialize_with = value)]
    pub max_uri: Limit<ByteSize>,
}

/// How much may wait.
#[derive(Clone, Debug, Config)]
pub struct Queue {
    /// Waiting render jobs of requests; above it, or when a new one would wait longer than `requests.wait`, 503.
    #[config(default = "1000", deserialize_with = value)]
    pub max_depth: Limit<u64>,
}
