//! Places that many sources have in common: a host, and what lies below a URL.

use std::fmt;
use std::str::FromStr;

use super::plain::{PlainUrl, without_dot};
use super::source::{SourceUrl, UrlProblem};

/// Everything below a URL: the same scheme, host and port, and a path that begins with the same segments, in whatever spelling. `http://h/a`
/// covers `http://h/a`, `http://h/a/b` and `http://h/a?b`, and not `http://h/ab`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UrlPrefix {
    url: SourceUrl,
    plain: PlainUrl,
}

/// A host, on any port: in lower case and without a dot at its end, international names in ASCII, addresses in their usual spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// Why a text is no URL prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrefixProblem {
    /// It is no URL.
    #[error(transparent)]
    Url(#[from] UrlProblem),
    /// It has what comes after a path.
    #[error("a prefix has no query and no fragment: the path is what may go on")]
    Query,
    /// It is too long to be kept in the ledger.
    #[error("a prefix has at most {} bytes", UrlPrefix::LONGEST)]
    TooLong,
    /// Its host has a `*`.
    #[error("{}", HostProblem::Pattern)]
    Pattern,
}

/// Why a text is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostProblem {
    /// It is something else.
    #[error("a host has neither scheme nor port nor path, such as images.example.com")]
    NotAHost,
    /// It has a `*`.
    #[error("a host has no *: each is named whole, and none covers those below it")]
    Pattern,
    /// No name is so long.
    #[error("a host has at most {} bytes", HostName::LONGEST)]
    TooLong,
}

impl UrlPrefix {
    /// The longest, in bytes.
    pub const LONGEST: usize = 2 << 10;

    /// Whether `url` lies below it.
    #[must_use]
    pub fn covers(&self, url: &PlainUrl) -> bool {
        let same = |url: &PlainUrl| (url.https, url.port);
        let within = |rest: &str| rest.is_empty() || rest.starts_with('/');
        same(url) == same(&self.plain)
            && url.host == self.plain.host
            && url.path.strip_prefix(self.plain.path.trim_end_matches('/')).is_some_and(within)
    }

    /// The host of all that it covers.
    #[must_use]
    pub fn host(&self) -> &str {
        self.plain.host()
    }

    /// As [`HostName::spellings`].
    #[must_use]
    pub fn hosts(&self) -> [String; 2] {
        spellings(self.host())
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl FromStr for UrlPrefix {
    type Err = PrefixProblem;

    fn from_str(text: &str) -> Result<Self, PrefixProblem> {
        if text.len() > Self::LONGEST {
            return Err(PrefixProblem::TooLong);
        }
        if text.contains(['?', '#']) {
            return Err(PrefixProblem::Query);
        }
        let url = SourceUrl::parse(text)?;
        if url.host().contains('*') {
            return Err(PrefixProblem::Pattern);
        }
        Ok(Self { plain: PlainUrl::of(&url), url })
    }
}

impl HostName {
    /// The longest name, in bytes (RFC 1035).
    pub const LONGEST: usize = 253;

    /// Whether `url` lies there.
    #[must_use]
    pub fn covers(&self, url: &PlainUrl) -> bool {
        url.host() == self.0
    }

    /// The spellings of it that [`SourceUrl::host`] may have.
    #[must_use]
    pub fn spellings(&self) -> [String; 2] {
        spellings(&self.0)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = HostProblem;

    fn from_str(text: &str) -> Result<Self, HostProblem> {
        use HostProblem::{NotAHost, Pattern, TooLong};

        if text.contains('*') {
            return Err(Pattern);
        }
        let is_bare = !text.contains(['/', '?', '#', '@', ' ']);
        let url =
            is_bare.then(|| SourceUrl::parse(&format!("http://{text}/")).ok()).flatten().ok_or(NotAHost)?;
        // What is left of the text beside the host is a port.
        let ends_with_port =
            text.rsplit_once(':').is_some_and(|(_, rest)| !rest.contains(']') && !rest.contains(':'));
        let host = without_dot(url.host());
        match host.len() {
            _ if ends_with_port && !text.ends_with(']') => Err(NotAHost),
            0 => Err(NotAHost),
            1..=Self::LONGEST => Ok(Self(host.to_owned())),
            _ => Err(TooLong),
        }
    }
}

fn spellings(host: &str) -> [String; 2] {
    [host.to_owned(), format!("{host}.")]
}

impl fmt::Display for UrlPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(url: &str) -> PlainUrl {
        PlainUrl::of(&SourceUrl::parse(url).unwrap())
    }

    #[test]
    fn a_prefix_covers_what_lies_below_it_and_not_its_neighbour() {
        for (prefix, url, covered) in [
            ("http://a.test/img", "http://a.test/img", true),
            ("http://a.test/img", "http://a.test/img/1.jpg", true),
            ("http://a.test/img", "http://a.test/img?v=1", true),
            ("http://a.test/img", "http://a.test/images/1.jpg", false),
            ("http://a.test/img", "http://a.test/img2/1.jpg", false),
            ("http://a.test/img/", "http://a.test/img/1.jpg", true),
            ("http://a.test/img/", "http://a.test/img2/1.jpg", false),
            ("http://a.test/img/1.jpg", "http://a.test/img/1.jpg?v=2", true),
            ("http://a.test", "http://a.test/1.jpg", true),
            ("http://a.test", "http://a.test?1.jpg", true),
            ("http://a.test/", "http://a.test.evil.test/1.jpg", false),
            ("http://a.test/", "http://b.a.test/1.jpg", false),
            ("http://A.test:80/", "http://a.test/1.jpg", true),
            ("http://a.test/", "http://a.test:80/1.jpg", true),
            ("http://a.test/", "http://a.test:8080/1.jpg", false),
            ("http://a.test/", "https://a.test/1.jpg", false),
            ("http://127.1/", "http://127.0.0.1/1.jpg", true),
            ("http://a.test/IMG", "http://a.test/img/1.jpg", false),
            ("http://a.test/img", "http://a.test./%69mg/1.jpg", true),
            ("http://a.test./%69mg", "http://a.test/img/1.jpg", true),
            ("http://a.test/bücher", "http://a.test/b%c3%bccher/1.jpg", true),
            ("http://a.test/img", "http://a.test/img%2F1.jpg", false),
        ] {
            let read: UrlPrefix = prefix.parse().unwrap();
            assert_eq!(read.covers(&plain(url)), covered, "{prefix} {url}");
            assert_eq!(read.as_str().parse(), Ok(read), "{prefix}");
        }
    }

    #[test]
    fn what_is_no_prefix_is_told_why() {
        for (text, problem) in [
            ("a.test/img", PrefixProblem::Url(UrlProblem::NotAbsolute)),
            ("ftp://a.test/", PrefixProblem::Url(UrlProblem::Scheme)),
            ("http://u:p@a.test/", PrefixProblem::Url(UrlProblem::Credentials)),
            ("http://a.test/a/../b", PrefixProblem::Url(UrlProblem::Ambiguous)),
            ("http://a.test/?a", PrefixProblem::Query),
            ("http://a.test/#a", PrefixProblem::Query),
            ("http://*.a.test/", PrefixProblem::Pattern),
            (&format!("http://a.test/{}", "a".repeat(UrlPrefix::LONGEST)), PrefixProblem::TooLong),
        ] {
            assert_eq!(text.parse::<UrlPrefix>(), Err(problem), "{text}");
        }
    }

    #[test]
    fn a_host_is_one_whatever_its_spelling_and_port() {
        for (text, url) in [
            ("A.test", "http://a.test/1.jpg"),
            ("a.test", "https://a.test:8443/1.jpg"),
            ("127.1", "http://127.0.0.1/1.jpg"),
            ("[::1]", "http://[::1]:8080/1.jpg"),
            ("bücher.test", "http://xn--bcher-kva.test/1.jpg"),
            ("a.test.", "http://a.test/1.jpg"),
            ("a.test", "http://a.test./1.jpg"),
        ] {
            let host: HostName = text.parse().unwrap();
            let source = SourceUrl::parse(url).unwrap();
            assert!(host.covers(&PlainUrl::of(&source)), "{text} {url}");
            assert!(host.spellings().iter().any(|spelling| spelling == source.host()), "{text} {url}");
            assert_eq!(host.as_str().parse(), Ok(host), "{text}");
        }
        for text in ["", ".", "a.test:80", "[::1]:80", "http://a.test", "a.test/", "a b", "a@b", "a?b"] {
            assert_eq!(text.parse::<HostName>(), Err(HostProblem::NotAHost), "{text}");
        }
        assert_eq!("*.a.test".parse::<HostName>(), Err(HostProblem::Pattern));
        let long = vec!["a"; HostName::LONGEST].join(".");
        assert_eq!(long.parse::<HostName>(), Err(HostProblem::TooLong));
    }
}
