//! Host patterns and URL prefixes, as `sources.allow` lists them.

use std::str::FromStr;

use url::Url;

use crate::request::SourceUrl;

/// One allowed place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePattern {
    /// `*`: any host.
    Any,
    /// `*.example.com`: its subdomains, not itself.
    Subdomains(String),
    /// `example.com` or `example.com:8443`: this host, on any port or on this one.
    Host(String, Option<u16>),
    /// `https://example.com/pictures`: scheme, whole host and port, and a path that begins with these segments.
    Prefix(Url),
}

/// Text that is no pattern.
#[derive(Debug, thiserror::Error)]
#[error("a host, a host pattern such as *.example.com, a URL prefix or * is allowed")]
pub struct InvalidPattern;

/// The places that pictures may come from.
#[derive(Clone, Debug, Default)]
pub struct AllowList(Vec<SourcePattern>);

impl AllowList {
    /// The places that any of `patterns` matches.
    #[must_use]
    pub const fn new(patterns: Vec<SourcePattern>) -> Self {
        Self(patterns)
    }

    /// Whether `source` may be asked for at all. Its address is checked when a connection is made.
    #[must_use]
    pub fn allows(&self, source: &SourceUrl) -> bool {
        // What is matched is what will be requested: an HTTP client resolves dot segments, also encoded ones.
        Url::parse(source.as_str()).is_ok_and(|url| self.0.iter().any(|pattern| pattern.matches(&url)))
    }
}

impl SourcePattern {
    /// Whether it names the place of `url`.
    pub(crate) fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        match self {
            Self::Any => true,
            Self::Subdomains(parent) => {
                host.strip_suffix(parent.as_str()).is_some_and(|rest| rest.ends_with('.'))
            }
            Self::Host(name, port) => {
                host == name && port.is_none_or(|port| url.port_or_known_default() == Some(port))
            }
            Self::Prefix(prefix) => {
                url.scheme() == prefix.scheme()
                    && Some(host) == prefix.host_str()
                    && url.port_or_known_default() == prefix.port_or_known_default()
                    && begins_with_segments(url.path(), prefix.path())
            }
        }
    }
}

impl SourcePattern {
    /// Orders patterns by how little they match: a longer prefix is above a shorter one, then come hosts with a port, hosts,
    /// subdomains of a longer name above those of a shorter one, and `*`.
    pub(crate) fn narrowness(&self) -> (u8, usize) {
        match self {
            Self::Any => (0, 0),
            Self::Subdomains(parent) => (1, parent.len()),
            Self::Host(_, port) => (2, usize::from(port.is_some())),
            Self::Prefix(url) => (3, url.path().trim_end_matches('/').len()),
        }
    }
}

/// `/a` begins `/a` and `/a/b`, and not `/ab`; nothing begins a path that some server may read as leading out of it again.
fn begins_with_segments(path: &str, prefix: &str) -> bool {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let within = |rest: &str| (rest.is_empty() || rest.starts_with('/')) && !climbs(rest);
    path.strip_prefix(prefix).is_some_and(within)
}

/// Whether a path has a dot segment for a server that decodes it, however often, or that takes what follows a `;` for parameters of the
/// segment and leaves it out.
fn climbs(path: &str) -> bool {
    let is_dots = |segment: &[u8]| {
        let name = segment.split(|byte| *byte == b';').next();
        matches!(name, Some(b"." | b".."))
    };
    decoded(path).split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots)
}

/// A path without escapes, those of escapes included.
fn decoded(path: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    for byte in path.bytes() {
        plain.push(byte);
        // What an escape stands for may end another.
        while let [.., b'%', high, low] = *plain.as_slice()
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            plain.truncate(plain.len() - 3);
            plain.push(high << 4 | low);
        }
    }
    plain
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl FromStr for SourcePattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.contains("://") {
            let url = Url::parse(text).map_err(|_| InvalidPattern)?;
            let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
            let fits = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && plain
                && url.fragment().is_none();
            return if fits { Ok(Self::Prefix(url)) } else { Err(InvalidPattern) };
        }
        if let Some(parent) = text.strip_prefix("*.") {
            return match host(parent)? {
                (parent, None) => Ok(Self::Subdomains(parent)),
                _ => Err(InvalidPattern),
            };
        }
        let (name, port) = host(text)?;
        Ok(Self::Host(name, port))
    }
}

/// A host, in the spelling that URLs have it, and a port.
fn host(text: &str) -> Result<(String, Option<u16>), InvalidPattern> {
    let clean = !text.is_empty() && !text.contains(['/', '@', '?', '#', '*', '\\', ' ', '\t', '\n']);
    // The parser drops http's own port, so a written :80 is put back.
    let url =
        clean.then(|| Url::parse(&format!("http://{text}/"))).and_then(Result::ok).ok_or(InvalidPattern)?;
    let port = if text.ends_with(":80") { Some(80) } else { url.port() };
    url.host_str().map(|host| (host.to_owned(), port)).ok_or(InvalidPattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(pattern: &str, url: &str) -> bool {
        let url = SourceUrl::parse(url).unwrap();
        AllowList::new(vec![pattern.parse().unwrap()]).allows(&url)
    }

    #[test]
    fn a_pattern_means_no_more_than_it_says() {
        for (pattern, url, allowed) in [
            ("*", "http://any.test/x", true),
            ("example.com", "https://example.com/x", true),
            ("example.com", "https://EXAMPLE.com:8443/x", true),
            ("example.com", "https://a.example.com/x", false),
            ("example.com", "https://evilexample.com/x", false),
            ("example.com", "https://example.com.evil.test/x", false),
            ("example.com:8443", "https://example.com:8443/x", true),
            ("example.com:443", "https://example.com/x", true),
            ("example.com:80", "http://example.com/x", true),
            ("example.com:80", "http://example.com:8080/x", false),
            ("*.example.com", "https://a.example.com/x", true),
            ("*.example.com", "https://a.b.example.com/x", true),
            ("*.example.com", "https://example.com/x", false),
            ("*.example.com", "https://evilexample.com/x", false),
            ("https://example.com/a", "https://example.com/a", true),
            ("https://example.com/a", "https://example.com/a/b?c", true),
            ("https://example.com/a", "https://example.com/ab", false),
            ("https://example.com/a", "https://example.com/a/..%2Fb", false),
            ("https://example.com/a", "https://example.com/a/b/%2E%2e%5Cb", false),
            ("https://example.com/a", "https://example.com/a/..;/b", false),
            ("https://example.com/a", "https://example.com/a/..;v=1/b", false),
            ("https://example.com/a", "https://example.com/a/.;/b", false),
            ("https://example.com/a", "https://example.com/a/%2e%2e%3b/b", false),
            ("https://example.com/a", "https://example.com/a/%252e%252e%252fb", false),
            ("https://example.com/a", "https://example.com/a/%25252E%25252e/b", false),
            ("https://example.com/a", "https://example.com/a/%25%32%65./b", false),
            ("https://example.com/a", "https://example.com/a/%255c..%255cb", false),
            ("https://example.com/a", "https://example.com/a/..b", true),
            ("https://example.com/a", "https://example.com/a/...;/b", true),
            ("https://example.com/a", "https://example.com/a/b;..", true),
            ("https://example.com/a", "https://example.com/a/100%25", true),
            ("https://example.com/a", "http://example.com/a", false),
            ("https://example.com/a", "https://example.com:444/a", false),
            ("https://example.com/a/", "https://example.com/a/b", true),
            ("https://example.com", "https://example.com/anything", true),
        ] {
            assert_eq!(allows(pattern, url), allowed, "{pattern} {url}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in
            ["", "a b", "*.*.com", "ftp://a/", "http://u:p@a/", "a/b", "http://", "https://a/?q", "*a.com"]
        {
            assert!(text.parse::<SourcePattern>().is_err(), "{text}");
        }
    }
}
