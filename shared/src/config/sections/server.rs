//! Connections: how many, how slow, and who may speak for others.

use std::time::Duration;

use confique::Config;
use ipnet::IpNet;

use super::super::value::{Limit, value};

/// Connections.
#[derive(Clone, Debug, Config)]
pub struct Server {
    /// Addresses and CIDRs of proxies whose `Forwarded` or `X-Forwarded-For` is believed.
    #[config(default = "", deserialize_with = value)]
    pub trusted_proxies: Vec<IpNet>,

    /// Connections at once, of each listener; above it a new one is accepted when another has ended.
    #[config(default = "10000", deserialize_with = value)]
    pub max_connections: Limit<usize>,

    /// How long the head of a request may take to arrive, and how long a connection may be idle.
    #[config(default = "10s", deserialize_with = value)]
    pub header_timeout: Limit<Duration>,
}
