//! Whose request it is: the address of the client, told by proxies that are believed.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The last address on the way that is no proxy of ours. Each proxy adds at the right the address that it was asked from, so
/// what stands left of the first one that is not trusted is anybody's claim. Where both headers are there and differ, one
/// of them came through a proxy that writes the other: neither is believed.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let last = |hops: Vec<Option<IpAddr>>| walk(peer, hops, trusted);
    let forwarded = headers.contains_key(FORWARDED).then(|| last(items(headers, &FORWARDED, forwarded_for)));
    let listed =
        headers.contains_key(X_FORWARDED_FOR).then(|| last(items(headers, &X_FORWARDED_FOR, address)));
    match (forwarded, listed) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(told), _) | (None, Some(told)) => told,
        (None, None) => peer,
    }
}

fn walk(peer: IpAddr, hops: Vec<Option<IpAddr>>, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        // What is no address (`unknown`, `_hidden`) ends the way: the one who wrote it is the last that is known.
        let Some(hop) = hop else { break };
        client = hop;
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    client
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The items of a header, which may come in several lines, in order.
fn items(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<IpAddr>) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).into_iter();
    // A line that is no text is one unknown hop.
    lines.flat_map(|line| line.to_str().unwrap_or_default().split(',')).map(read).collect()
}

/// The `for` of one element of `Forwarded` (RFC 7239 §4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    address(named.next()?.1.trim().trim_matches('"'))
}

/// An address, with or without port; IPv6 in brackets where it has one.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let plain = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = plain.or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).into();
        for (peer, headers, expected) in [
            // Nobody's word counts but a trusted proxy's.
            ("192.0.2.1", vec![("forwarded", "for=198.51.100.7")], "192.0.2.1"),
            ("::ffff:10.0.0.1", vec![("x-forwarded-for", "198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec![("forwarded", "for=198.51.100.7")], "198.51.100.7"),
            ("10.0.0.1", vec![("forwarded", "proto=https;For=\"198.51.100.7:4711\";by=x")], "198.51.100.7"),
            ("10.0.0.1", vec![("forwarded", "for=\"[2001:db8::1]:80\"")], "2001:db8::1"),
            ("fd00::1", vec![("x-forwarded-for", "[2001:db8::1]")], "2001:db8::1"),
            // What the client wrote itself stands left of what the proxy saw.
            ("10.0.0.1", vec![("x-forwarded-for", "1.1.1.1, 198.51.100.7")], "198.51.100.7"),
            (
                "10.0.0.1",
                vec![("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.7")],
                "198.51.100.7",
            ),
            ("10.0.0.1", vec![("x-forwarded-for", "198.51.100.7, 10.9.9.9")], "198.51.100.7"),
            ("10.0.0.1", vec![("x-forwarded-for", "10.1.1.1, 10.9.9.9")], "10.1.1.1"),
            // What is no address ends the way.
            ("10.0.0.1", vec![("forwarded", "for=198.51.100.7, for=unknown")], "10.0.0.1"),
            ("10.0.0.1", vec![("x-forwarded-for", "1.1.1.1, nonsense, 10.2.2.2")], "10.2.2.2"),
            ("10.0.0.1", vec![("forwarded", "")], "10.0.0.1"),
            // Two headers that contradict each other.
            ("10.0.0.1", vec![("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.7")], "10.0.0.1"),
            ("10.0.0.1", vec![("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "1.1.1.1")], "1.1.1.1"),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.append(HeaderName::from_static(name), value.parse().unwrap());
            }
            let found = client(peer.parse().unwrap(), &map, &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {headers:?}");
        }
    }
}
