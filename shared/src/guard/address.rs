//! Special addresses: those that no public host has (IANA's special-purpose registries, RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` is loopback, private, link-local, shared, reserved, multicast or otherwise not public. An IPv6
/// address that carries an IPv4 address is as special as that one.
#[must_use]
pub fn is_special(address: IpAddr) -> bool {
    is_metadata(address)
        || match address {
            IpAddr::V4(address) => is_special_v4(address),
            IpAddr::V6(address) => is_special_v6(address),
        }
}

/// Whether `address` is where a cloud tells its machines their secrets.
#[must_use]
pub fn is_metadata(address: IpAddr) -> bool {
    const V4: [Ipv4Addr; 6] = [
        Ipv4Addr::new(168, 63, 129, 16),
        Ipv4Addr::new(192, 0, 0, 192),
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(169, 254, 170, 2),
        Ipv4Addr::new(169, 254, 170, 23),
        Ipv4Addr::new(100, 100, 100, 200),
    ];
    const V6: [Ipv6Addr; 3] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    match address {
        IpAddr::V4(address) => V4.contains(&address),
        IpAddr::V6(address) => {
            V6.contains(&address) || embedded_v4(address).is_some_and(|v4| V4.contains(&v4))
        }
    }
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)                 // this network, private, loopback
            | (100, 64..=127, _)             // shared (RFC 6598)
            | (169, 254, _)                  // link-local
            | (172, 16..=31, _)              // private
            | (192, 0, 0 | 2)                // protocol assignments, documentation
            | (192, 88, 99)                  // 6to4 relays
            | (192, 168, _)                  // private
            | (198, 18 | 19, _)              // benchmarks
            | (198, 51, 100)                 // documentation
            | (203, 0, 113)                  // documentation
            | (224..=255, _, _) // multicast, reserved, broadcast
    )
}

fn is_special_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(address) {
        return is_special_v4(v4);
    }
    let [a, b, ..] = address.segments();
    // Global unicast is 2000::/3; of that, 2001::/23 is for protocols and 2001:db8::/32 and 3fff::/20 for documentation.
    let global = (0x2000..=0x3fff).contains(&a);
    !global || (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || (a == 0x3fff && b < 0x1000) || is_isatap(address)
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64), 6to4 or Teredo.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(from(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(from(high, low)),
        [0x2001, 0, _, _, _, _, high, low] => Some(from(!high, !low)),
        _ => None,
    }
}

/// ISATAP hides an IPv4 address, often a private one, behind any prefix (RFC 5214).
fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0 | 0x200, 0x5efe, _, _])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_not_special() {
        for (address, special) in [
            ("1.1.1.1", false),
            ("100.63.255.255", false),
            ("172.32.0.1", false),
            ("2606:4700::1111", false),
            ("2002:101:101::1", false),
            ("64:ff9b::101:101", false),
            ("0.0.0.0", true),
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("100.64.0.1", true),
            ("169.254.169.254", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("224.0.0.1", true),
            ("255.255.255.255", true),
            ("::", true),
            ("::1", true),
            ("::127.0.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("::ffff:0:127.0.0.1", true),
            ("2002:7f00:1::", true),
            ("64:ff9b::7f00:1", true),
            ("64:ff9b:1::7f00:1", true),
            ("64:ff9b:1::101:101", true),
            ("168.63.129.16", true),
            ("2001:0:4136:e378:8000:63bf:80ff:fffe", true),
            ("2001:db8::1", true),
            ("fc00::1", true),
            ("fe80::1", true),
            ("fec0::1", true),
            ("ff02::1", true),
            ("2606:4700::5efe:a00:1", true),
        ] {
            assert_eq!(is_special(address.parse().unwrap()), special, "{address}");
        }
    }

    #[test]
    fn metadata_addresses_are_known_in_every_spelling() {
        for address in ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"] {
            assert!(is_metadata(address.parse().unwrap()), "{address}");
        }
        assert!(!is_metadata("169.254.1.1".parse().unwrap()));
    }
}
