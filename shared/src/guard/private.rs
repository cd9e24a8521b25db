//! Special addresses that an operator has named.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{is_metadata, is_special};

/// The hosts and networks of `sources.private`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateSources {
    hosts: Vec<String>,
    networks: Vec<IpNet>,
}

/// Text that is neither a host nor a network.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither a host nor a CIDR; allowed are such as images.internal, 10.0.0.7 or 10.0.0.0/8")]
pub struct InvalidPrivateSource(String);

impl PrivateSources {
    /// Reads hosts, addresses and CIDRs.
    ///
    /// # Errors
    /// Names the first item that is none of them.
    pub fn from_items(items: impl IntoIterator<Item = String>) -> Result<Self, InvalidPrivateSource> {
        let mut read = Self::default();
        for item in items {
            if let Ok(network) = item.parse::<IpNet>() {
                read.networks.push(network);
            } else if let Ok(address) = item.trim_matches(['[', ']']).parse::<IpAddr>() {
                read.networks.push(IpNet::from(address));
            } else if !item.is_empty()
                && item.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            {
                read.hosts.push(item.to_ascii_lowercase());
            } else {
                return Err(InvalidPrivateSource(item));
            }
        }
        Ok(read)
    }

    /// Whether a connection to `address`, found under `host`, may be made. `allow_all` opens every special address
    /// except where a cloud keeps its secrets.
    #[must_use]
    pub fn permit(&self, host: &str, address: IpAddr, allow_all: bool) -> bool {
        let plain = address.to_canonical();
        let metadata = is_metadata(address);
        // Where a cloud keeps its secrets, neither a wide network counts as naming nor a host, whose addresses are its DNS's to say.
        let names = |network: &&IpNet| !metadata || network.prefix_len() == network.max_prefix_len();
        !is_special(address)
            || (!metadata && (allow_all || self.hosts.iter().any(|named| named == host)))
            || self.networks.iter().filter(names).any(|n| n.contains(&plain) || n.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_permitted_and_nothing_else_that_is_special() {
        let named =
            PrivateSources::from_items(["img.internal", "10.1.0.0/16", "::1"].map(String::from)).unwrap();
        for (host, address, permitted) in [
            ("a.test", "1.1.1.1", true),
            ("a.test", "10.1.2.3", true),
            ("a.test", "::ffff:10.1.2.3", true),
            ("a.test", "10.2.2.3", false),
            ("a.test", "::1", true),
            ("img.internal", "192.168.0.1", true),
            ("img.internal", "169.254.1.1", true),
            ("img.internal", "169.254.169.254", false),
            ("img.internal", "::ffff:169.254.169.254", false),
            ("img.internal", "fd00:ec2::254", false),
            ("img.internal.evil", "192.168.0.1", false),
        ] {
            assert_eq!(named.permit(host, address.parse().unwrap(), false), permitted, "{host} {address}");
        }
    }

    #[test]
    fn opening_everything_leaves_the_metadata_addresses_shut() {
        let none = PrivateSources::default();
        assert!(none.permit("a.test", "127.0.0.1".parse().unwrap(), true));
        assert!(!none.permit("a.test", "169.254.169.254".parse().unwrap(), true));
        let wide = PrivateSources::from_items(["169.254.0.0/16".to_owned()]).unwrap();
        assert!(!wide.permit("a.test", "169.254.169.254".parse().unwrap(), false));
        let named = PrivateSources::from_items(["169.254.169.254".to_owned()]).unwrap();
        assert!(named.permit("a.test", "169.254.169.254".parse().unwrap(), true));
    }
}
