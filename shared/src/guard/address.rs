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
    const V4: [Ipv4Addr; 7] = [
        Ipv4Addr::new(168, 63, 129, 16),
        Ipv4Addr::new(192, 0, 0, 192),
        Ipv4Addr::new(169, 254, 0, 23),
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
            V6.contains(&address)
                || embedded_v4(address).into_iter().chain(hidden_v4(address)).any(|v4| V4.contains(&v4))
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
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(v4(high, low)),
        [0x2001, 0, _, _, _, _, high, low] => Some(v4(!high, !low)),
        _ => None,
    }
}

/// The IPv4 addresses that a special IPv6 address may lead to inside of a network: with local-use NAT64 (RFC 8215) its operator has chosen
/// where it stands (RFC 6052 §2.2).
fn hidden_v4(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    match address.segments() {
        // Behind a prefix of 48, 56, 64 or 96 bits; one that reaches the first octet of `f` leaves it out.
        [0x64, 0xff9b, 1, e, f, g, high, low] => {
            let ([_, e_low], [_, f_low], [g_high, g_low], [h_high, _]) =
                (e.to_be_bytes(), f.to_be_bytes(), g.to_be_bytes(), high.to_be_bytes());
            vec![
                v4(e, u16::from_be_bytes([f_low, g_high])),
                v4(u16::from_be_bytes([e_low, f_low]), g),
                v4(u16::from_be_bytes([f_low, g_high]), u16::from_be_bytes([g_low, h_high])),
                v4(high, low),
            ]
        }
        [.., high, low] if is_isatap(address) => vec![v4(high, low)],
        _ => Vec::new(),
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
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
        for address in [
            "169.254.169.254",
            "169.254.0.23",
            "100.100.100.200",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:7:0:7:a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:7a9:fe:a9fe::",
            "64:ff9b:1:7:a9:fea9:fe00:0",
            "fd00::5efe:a9fe:a9fe",
            "fe80::200:5efe:a9fe:17",
        ] {
            assert!(is_metadata(address.parse().unwrap()), "{address}");
        }
        for address in ["169.254.1.1", "64:ff9b:1::a9fe:101", "fd00::5efe:a00:1", "fd00::a9fe:a9fe"] {
            assert!(!is_metadata(address.parse().unwrap()), "{address}");
        }
    }
}
