//! Where a page is that asks for a picture.

use std::fmt;
use std::str::FromStr;

use url::{Origin, Url};

/// An origin as `Origin` headers have it (RFC 6454 §6.2): scheme, host and port, in lower case, without a default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(String);

/// Text that is no origin.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no origin; allowed are such as https://www.example.com or http://localhost:3000")]
pub struct InvalidWebOrigin(String);

impl WebOrigin {
    /// As browsers spell it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebOrigin {
    type Err = InvalidWebOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidWebOrigin> {
        let invalid = || InvalidWebOrigin(text.to_owned());
        let url = Url::parse(text).map_err(|_| invalid())?;
        // Nothing but an origin: no path, not even the slash that the URL would be given.
        let bare = text.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '@', '\\']));
        match url.origin() {
            Origin::Tuple(..) if bare && matches!(url.scheme(), "http" | "https") => {
                Ok(Self(url.origin().ascii_serialization()))
            }
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_one_spelling() {
        for (text, origin) in [
            ("https://www.Example.com", "https://www.example.com"),
            ("HTTPS://example.com:443", "https://example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().unwrap().to_string(), origin, "{text}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            "",
            "null",
            "*",
            "example.com",
            "https://",
            "https://a/",
            "https://a/b",
            "https://u@a",
            "ftp://a",
            "file://a",
            "https://*.a b",
        ] {
            assert!(text.parse::<WebOrigin>().is_err(), "{text}");
        }
    }
}
