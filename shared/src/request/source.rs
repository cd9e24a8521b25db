//! Where a picture comes from: an address that has been looked at once, and in full.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no address of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum UrlProblem {
    #[error("the address is not UTF-8; percent-encode it twice")]
    NotUtf8,
    #[error("the address has a control character")]
    Control,
    #[error("the address is not absolute; allowed is http://… or https://…")]
    NotAbsolute,
    #[error("the address is not http or https")]
    Scheme,
    #[error("the address has credentials")]
    Credentials,
    #[error("the address has no host, or one that cannot be a host")]
    Host,
    #[error("the port is not a number up to 65535")]
    Port,
    #[error("the address has a broken percent escape")]
    Escape,
    #[error(
        "the path has a backslash, a dot segment or a blank at its end, which HTTP clients change on the way"
    )]
    Ambiguous,
}

/// An absolute http or https URL without credentials and fragment, as it is fetched.
///
/// Its text is what the client wrote, with scheme and host in lower case and nothing else changed: `:80`, dot
/// segments, the order of a query and the case of a path may matter to the origin. The `url` crate would change
/// some of them. Accepted is what Go's `url.Parse` and HTTP client accept, apart from credentials, percent-encoded
/// hosts, and text that is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceUrl {
    text: String,
    host: String,
    address: Option<IpAddr>,
    port: u16,
}

impl SourceUrl {
    /// Reads an address that has already been decoded from the query, once.
    ///
    /// # Errors
    /// What is wrong with it, for the client.
    pub fn parse(text: &str) -> Result<Self, UrlProblem> {
        let (text, fragment) = split_before(text, &['#']);
        if text.bytes().any(|b| b.is_ascii_control()) {
            return Err(UrlProblem::Control);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UrlProblem::NotAbsolute)?;
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            name if is_scheme(name) => return Err(UrlProblem::Scheme),
            _ => return Err(UrlProblem::NotAbsolute),
        };
        let rest = rest.strip_prefix("//").ok_or(UrlProblem::NotAbsolute)?;
        let (authority, tail) = split_before(rest, &['/', '?']);
        if authority.contains('@') {
            return Err(UrlProblem::Credentials);
        }
        let (name, port) = split_port(authority)?;
        let (host, address) = normal_host(name)?;
        if has_broken_escape(split_before(tail, &['?']).0) || has_broken_escape(fragment) {
            return Err(UrlProblem::Escape);
        }
        if changes_on_the_way(split_before(tail, &['?']).0) || tail.ends_with(' ') {
            return Err(UrlProblem::Ambiguous);
        }
        let port = match port {
            None | Some("") => default_port,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| UrlProblem::Port)?
            }
            Some(_) => return Err(UrlProblem::Port),
        };
        let text = format!("{scheme}://{}{tail}", authority.to_ascii_lowercase());
        Ok(Self { text, host, address, port })
    }

    /// The URL to fetch.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host that a client would connect to: in lower case, international names in ASCII (`xn--…`), every
    /// spelling of an IPv4 address (`127.1`, `0x7f.0.0.1`, `2130706433`) with four dotted numbers, IPv6 in
    /// brackets. Rules about hosts look at this, and not at the text.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, where the host is one.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The port, 80 or 443 where none is written.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The path, as it is sent; empty where the host is followed by nothing or by a query.
    pub fn path(&self) -> &str {
        let after_scheme = self.text.split_once("://").map_or("", |(_, rest)| rest);
        let tail = split_before(after_scheme, &['/', '?']).1;
        split_before(tail, &['?']).0
    }

    /// Whether it is https.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

/// Whether HTTP clients would send another path than this: they resolve dot segments, also encoded ones, and take
/// backslashes for slashes. One source would then have many names.
fn changes_on_the_way(path: &str) -> bool {
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    path.contains('\\') || path.split('/').any(is_dots)
}

fn is_scheme(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn split_before<'a>(text: &'a str, marks: &[char]) -> (&'a str, &'a str) {
    text.find(marks).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlProblem> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(UrlProblem::Host)?;
        let (host, rest) = authority.split_at_checked(end + 1).ok_or(UrlProblem::Host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(UrlProblem::Host),
        };
    }
    Ok(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

fn normal_host(name: &str) -> Result<(String, Option<IpAddr>), UrlProblem> {
    // Go decodes escapes in a host, the `url` crate too, but not the same ones.
    if name.is_empty() || name.contains('%') {
        return Err(UrlProblem::Host);
    }
    let host = url::Host::parse(name).map_err(|_| UrlProblem::Host)?;
    let address = match host {
        url::Host::Ipv4(address) => Some(IpAddr::V4(address)),
        url::Host::Ipv6(address) => Some(IpAddr::V6(address)),
        url::Host::Domain(_) => None,
    };
    Ok((host.to_string(), address))
}

fn has_broken_escape(path: &str) -> bool {
    path.split('%').skip(1).any(
        |after| !matches!(after.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()),
    )
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for SourceUrl {
    type Err = UrlProblem;

    fn from_str(text: &str) -> Result<Self, UrlProblem> {
        Self::parse(text)
    }
}

impl TryFrom<String> for SourceUrl {
    type Error = UrlProblem;

    fn try_from(text: String) -> Result<Self, UrlProblem> {
        Self::parse(&text)
    }
}

impl From<SourceUrl> for String {
    fn from(url: SourceUrl) -> Self {
        url.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_host_and_fragment_change() {
        for (text, expected) in [
            ("HTTP://EXAMPLE.com:80/A/..b/?Q=%2f/../#x", "http://example.com:80/A/..b/?Q=%2f/../"),
            ("https://h", "https://h"),
            ("http://h?x=/y@z", "http://h?x=/y@z"),
            ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
            ("http://h/a b.jpg?c\\d", "http://h/a b.jpg?c\\d"),
            ("http://BÜCHER.example/", "http://bÜcher.example/"),
        ] {
            assert_eq!(SourceUrl::parse(text).map(String::from), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn hosts_are_those_that_are_connected_to() {
        for (text, host, port) in [
            ("http://127.1/", "127.0.0.1", 80),
            ("http://0x7F000001:81/", "127.0.0.1", 81),
            ("https://１２７.0.0.1/", "127.0.0.1", 443),
            ("http://bücher.example:/", "xn--bcher-kva.example", 80),
            ("http://[::FFFF:127.0.0.1]/", "[::ffff:7f00:1]", 80),
            ("http://Localhost./", "localhost.", 80),
        ] {
            let url = SourceUrl::parse(text).unwrap();
            assert_eq!((url.host(), url.port()), (host, port), "{text}");
            assert_eq!(url.address().is_some(), host.contains("127.") || host.starts_with('['), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        use UrlProblem::*;
        for (text, problem) in [
            ("", NotAbsolute),
            ("/a.jpg", NotAbsolute),
            ("//h/a.jpg", NotAbsolute),
            (" http://h/", NotAbsolute),
            ("http:/h/", NotAbsolute),
            ("http:h", NotAbsolute),
            ("ftp://h/", Scheme),
            ("file:///etc/passwd", Scheme),
            ("data:image/png;base64,", Scheme),
            ("http://u:p@h/", Credentials),
            ("http://@h/", Credentials),
            ("http://good\\@evil/", Credentials),
            ("http://", Host),
            ("http:///a", Host),
            ("http://:80/", Host),
            ("http://a b/", Host),
            ("http://a\\b/", Host),
            ("http://a%41/", Host),
            ("http://[::1/", Host),
            ("http://[::1]x/", Host),
            ("http://[fe80::1%25eth0]/", Host),
            ("http://h:x/", Port),
            ("http://h:65536/", Port),
            ("http://h:80:90/", Port),
            ("http://h:+80/", Port),
            ("http://h/a\tb", Control),
            ("http://h/a\\b", Ambiguous),
            ("http://h/a/../b", Ambiguous),
            ("http://h/./b", Ambiguous),
            ("http://h/a/%2E%2e/b?c", Ambiguous),
            ("http://h/a/.%2e", Ambiguous),
            ("http://h/a ", Ambiguous),
            ("http://h/a?b ", Ambiguous),
            ("http://h/\u{7f}", Control),
            ("http://h/%zz", Escape),
            ("http://h/%4", Escape),
            ("http://h/#%", Escape),
        ] {
            assert_eq!(SourceUrl::parse(text), Err(problem), "{text}");
        }
        assert!(SourceUrl::parse("http://h/?%zz").is_ok());
    }
}
