//! The plain form of a URL: one spelling for all that reach the same place, by which prefixes, hosts and blocks compare.
//!
//! It does not tell sources apart. Two spellings are two sources, since whoever renders them may treat them differently.

use super::source::SourceUrl;

/// Characters that mean something in a path, or in a query, as they are: written as an escape they are another one.
const IN_PATHS: &[u8] = b"/";
const IN_QUERIES: &[u8] = b"/?&=;";

/// A URL in plain form: the host without a dot at its end, the port that is meant, a path that is never empty, and everything in path
/// and query escaped that needs no meaning of its own: `/%69mg/b%c3%bccher` and `/img/bücher` are `/img/b%C3%BCcher`. Dot segments
/// cannot be there: no [`SourceUrl`] has any. Slashes that follow one another are one, as most servers take them. A `+` of a query is a space, as
/// forms write it. A query of which there is nothing is none. Where a server takes two of these for two places, both are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlainUrl {
    pub(super) https: bool,
    pub(super) port: u16,
    pub(super) host: String,
    pub(super) path: String,
    query: String,
}

impl PlainUrl {
    /// The plain form of a URL.
    #[must_use]
    pub fn of(url: &SourceUrl) -> Self {
        let query = url.as_str().split_once('?').map_or("", |(_, query)| query);
        let path = if url.path().is_empty() { "/" } else { url.path() };
        Self {
            https: url.is_https(),
            port: url.port(),
            host: without_dot(url.host()).to_owned(),
            path: single_slashes(&plain(path, IN_PATHS)),
            query: plain(&query.replace('+', "%20"), IN_QUERIES),
        }
    }

    /// The host, without a dot at its end.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A host as it is resolved: a dot at its end says that it is whole, which it is anyway.
pub(super) fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// `text` with an escape for everything but letters, digits, `-`, `.`, `_`, `~` and what of `meaningful` is not escaped.
fn plain(text: &str, meaningful: &[u8]) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, is_escaped, after)) = first(rest) {
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_unreserved || (!is_escaped && meaningful.contains(&byte)) {
            plain.push(char::from(byte));
        } else {
            plain.push('%');
            plain.push_str(&hex::encode_upper([byte]));
        }
        rest = after;
    }
    plain
}

fn single_slashes(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !single.ends_with('/') {
            single.push(character);
        }
    }
    single
}

/// The first byte that is meant, whether it is written as an escape, and what follows.
fn first(text: &[u8]) -> Option<(u8, bool, &[u8])> {
    if let [b'%', high, low, after @ ..] = text {
        let mut byte = [0];
        if hex::decode_to_slice([*high, *low], &mut byte).is_ok() {
            return Some((byte[0], true, after));
        }
    }
    text.split_first().map(|(byte, after)| (*byte, false, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> PlainUrl {
        PlainUrl::of(&SourceUrl::parse(url).unwrap())
    }

    #[test]
    fn all_spellings_of_a_place_are_one() {
        for (one, other) in [
            ("http://evil.test/1.jpg", "http://EVIL.test./1.jpg"),
            ("http://evil.test/1.jpg", "http://evil.test:80/1.jpg"),
            ("https://evil.test/1.jpg", "https://evil.test.:443/1.jpg"),
            ("http://evil.test", "http://evil.test/?"),
            ("http://a.test/img/1.jpg", "http://a.test/%69mg/1%2ejpg"),
            ("http://a.test/bücher", "http://a.test/b%C3%BCcher"),
            ("http://a.test/b%c3%bccher", "http://a.test/b%C3%BCcher"),
            ("http://a.test/a b!", "http://a.test/a%20b%21"),
            ("http://a.test/img/1.jpg", "http://a.test//img///1.jpg"),
            ("http://a.test/img/", "http://a.test/img//"),
            ("http://a.test/1.jpg?q=a+b", "http://a.test/1.jpg?q=a%20b"),
            ("http://a.test/1.jpg?a=ü&b", "http://a.test/1.jpg?%61=%c3%bc&b"),
            ("http://a.test/1.jpg?%zz", "http://a.test/1.jpg?%25zz"),
            ("http://bücher.test/", "http://xn--bcher-kva.test/"),
        ] {
            assert_eq!(of(one), of(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_another_place_stays_one() {
        for (one, other) in [
            ("http://a.test/1.jpg", "https://a.test/1.jpg"),
            ("http://a.test/1.jpg", "http://a.test:8080/1.jpg"),
            ("http://a.test/img/1.jpg", "http://a.test/img%2F1.jpg"),
            ("http://a.test/1.jpg", "http://a.test/1.JPG"),
            ("http://a.test/1.jpg?a=b", "http://a.test/1.jpg?a%3Db"),
            ("http://a.test/1.jpg?a+b", "http://a.test/1.jpg?a%2Bb"),
            ("http://a.test/1.jpg?a", "http://a.test/1.jpg%3Fa"),
            ("http://a.test/1.jpg?a//b", "http://a.test/1.jpg?a/b"),
            ("http://a.test/a+b", "http://a.test/a%20b"),
            ("http://a.test/img", "http://a.test/img/"),
            ("http://a.test/%25", "http://a.test/%2525"),
        ] {
            assert_ne!(of(one), of(other), "{one} {other}");
        }
    }
}
