//! Origins (RFC 6454) that a setting names.

use url::Url;

use super::value::{Raw, Setting};

/// Pages whose scripts may read what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// `*`.
    Any,
    /// These, as browsers spell them.
    Listed(Vec<String>),
}

impl Setting for Origins {
    fn parse(raw: Raw) -> Result<Self, String> {
        let items = Vec::<String>::parse(raw)?;
        match items.as_slice() {
            [] => Err("an origin such as https://example.com, several, or * are allowed".to_owned()),
            [any] if any == "*" => Ok(Self::Any),
            items => items.iter().map(|item| origin(item)).collect::<Result<_, _>>().map(Self::Listed),
        }
    }
}

/// An origin in the spelling of browsers: lower case, without a scheme's own port.
fn origin(text: &str) -> Result<String, String> {
    let plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && !text.ends_with('/')
            && !text.contains(['@', '?', '#', '*'])
    };
    let url = Url::parse(text).ok().filter(plain);
    url.map(|url| url.origin().ascii_serialization()).ok_or_else(|| {
        format!(
            "{text}: a scheme, a host and perhaps a port are allowed, such as https://example.com; or * alone"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Origins, String> {
        Origins::parse(Raw::Text(text.to_owned()))
    }

    #[test]
    fn origins_are_spelled_as_browsers_spell_them() {
        assert_eq!(parsed("*"), Ok(Origins::Any));
        let listed = parsed("https://Example.com, http://a.test:8080,https://b.test:443").unwrap();
        let origins = ["https://example.com", "http://a.test:8080", "https://b.test"];
        assert_eq!(listed, Origins::Listed(origins.map(str::to_owned).into()));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "example.com",
            "https://a.test/",
            "https://a.test/path",
            "https://u@a.test",
            "https://a.test?x",
            "https://*.a.test",
            "ftp://a.test",
            "null",
            "*,https://a.test",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
