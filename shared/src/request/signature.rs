//! imaginary's signature of a request (`middleware.go`, `validateURLSignature`): HMAC-SHA256 over the decoded path and Go's
//! `url.Values.Encode` of all parameters but `sign`.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::query::{self, Query, unescape_path};

/// The shortest key that imaginary starts with.
pub const SHORTEST_SIGNATURE_KEY: usize = 32;

/// The signature of `path`, as it is sent, and of `query`, without `?`: the order of parameters, their escapes and a `sign` among
/// them do not matter. `None` where the path has a broken escape.
#[must_use]
pub fn signature(key: &[u8], path: &str, query: &str) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(&unescape_path(path)?);
    mac.update(encoded(&Query::parse(query)).as_bytes());
    Some(mac.finalize().into_bytes().into())
}

/// `url.Values.Encode`: sorted by name, the values of a name in their order, a blank as `+`.
fn encoded(query: &Query) -> String {
    let mut values: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for (name, value) in query.pairs().filter(|(name, _)| *name != b"sign") {
        values.entry(name).or_default().push(value);
    }
    let pairs = values.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, *value)));
    query::write_as_go(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_signed_as_go_encodes_them() {
        for (query, signed) in [
            (
                "width=100&url=http://127.0.0.1:18090/medium.jpg&text=a%20b~*",
                "text=a+b~%2A&url=http%3A%2F%2F127.0.0.1%3A18090%2Fmedium.jpg&width=100",
            ),
            ("b=2&a=x&b=1&sign=abc", "a=x&b=2&b=1"),
            ("%61=%c3%bc&a=+&=e&f", "=e&a=%C3%BC&a=+&f="),
            ("a=1;b=2&c=%zz", ""),
            ("", ""),
        ] {
            assert_eq!(encoded(&Query::parse(query)), signed, "{query}");
        }
    }

    #[test]
    fn the_signature_is_hmac_over_path_and_parameters() {
        let key = b"0123456789abcdef0123456789abcdef";
        let of = |path, query| hex::encode(signature(key, path, query).unwrap());
        assert_eq!(of("/%72esize", "b=1&a=2"), of("/resize", "a=2&b=1&sign=x"));
        assert_ne!(of("/resize", "a=2"), of("/resize", "a=2&key=1"));
        assert_eq!(signature(key, "/%", ""), None);
        // As another implementation computes it.
        assert_eq!(
            of("/resize", "width=100"),
            "869a7cb74381e4f3effeece989c2360eabda3ea05459b431cf0aa361a1f39e62"
        );
    }
}
