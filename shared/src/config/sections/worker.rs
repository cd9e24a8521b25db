//! The worker role and housekeeping.

use std::net::SocketAddr;
use std::time::Duration;

use confique::Config;

use super::super::value::{BaseUrl, value};

/// The worker role.
#[derive(Clone, Debug, Config)]
pub struct Worker {
    /// Jobs at once in one worker; without it twice the number of cores.
    #[config(deserialize_with = value)]
    pub concurrency: Option<usize>,

    /// Where imaginary fetches watermark images that the worker has fetched; without it a free loopback port, when imaginary is on
    /// loopback. The direct renders of `degraded.workers` are answered there, too.
    #[config(deserialize_with = value)]
    pub listen: Option<SocketAddr>,

    /// The base URL under which imaginary reaches `worker.listen`, where that is not its own address.
    #[config(deserialize_with = value)]
    pub advertise: Option<BaseUrl>,
}

/// Housekeeping.
#[derive(Clone, Debug, Config)]
pub struct Scan {
    /// Nothing younger is touched.
    #[config(default = "24h", deserialize_with = value)]
    pub min_age: Duration,
}
