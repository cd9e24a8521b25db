//! Where the time of a job went.

use serde::{Deserialize, Serialize};

/// Milliseconds that the parts of a job took, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// It waited for a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<u64>,
    /// Its sources were fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch: Option<u64>,
    /// It was rendered, the wait for a place not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imaginary: Option<u64>,
    /// The picture was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<u64>,
}
