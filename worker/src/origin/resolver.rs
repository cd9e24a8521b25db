//! Name resolution that leaves out what may not be connected to: the check and the connection use one answer, so a
//! name that changes between the two gains nothing.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Addresses;

/// All addresses of a host are special, and none of them is named.
#[derive(Debug, thiserror::Error)]
#[error("the host has special addresses only")]
pub(super) struct AddressRefused;

pub(super) struct GuardedResolver {
    addresses: Addresses,
}

impl GuardedResolver {
    pub(super) const fn new(addresses: Addresses) -> Self {
        Self { addresses }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.addresses.clone();
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let existed = !found.is_empty();
            let permitted: Vec<SocketAddr> =
                found.into_iter().filter(|found| addresses.permit(&host, found.ip())).collect();
            if existed && permitted.is_empty() {
                return Err(AddressRefused.into());
            }
            let permitted: Addrs = Box::new(permitted.into_iter());
            Ok(permitted)
        })
    }
}
