//! The worker role and housekeeping.

use std::time::Duration;

use confique::Config;

use super::super::value::value;

/// The worker role.
#[derive(Clone, Debug, Config)]
pub struct Worker {
    /// Jobs at once in one worker; without it twice the number of cores.
    #[config(deserialize_with = value)]
    pub concurrency: Option<usize>,
}

/// Housekeeping.
#[derive(Clone, Debug, Config)]
pub struct Scan {
    /// Nothing younger is touched.
    #[config(default = "24h", deserialize_with = value)]
    pub min_age: Duration,
}
