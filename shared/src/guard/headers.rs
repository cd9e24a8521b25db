//! Headers that some origins are sent, and no others: what opens a private origin must not reach where it redirects to.

use std::collections::BTreeMap;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::SourcePattern;
use crate::request::SourceUrl;

/// The headers of `sources.headers`, the wider patterns first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SourceHeaders(Vec<(SourcePattern, HeaderMap)>);

/// What cannot be sent. The value is not told: it is a secret.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {why}")]
pub struct InvalidHeader {
    place: String,
    why: &'static str,
}

/// Names that the client needs for itself, or that would make an origin answer something else than the whole picture.
const REFUSED: [&str; 18] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
    "accept-encoding",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-range",
];

impl SourceHeaders {
    /// Reads patterns of places, each with its headers by name.
    ///
    /// # Errors
    /// The first pattern, name or value that is none, and names that are refused.
    pub fn from_map(
        places: impl IntoIterator<Item = (String, BTreeMap<String, String>)>,
    ) -> Result<Self, InvalidHeader> {
        let mut read = Vec::new();
        for (place, headers) in places {
            let invalid = |why| InvalidHeader { place: place.clone(), why };
            let pattern: SourcePattern = place
                .parse()
                .map_err(|_| invalid("a host, a host pattern, a URL prefix or * is allowed here"))?;
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                let invalid = |why| InvalidHeader { place: format!("{place}: {name}"), why };
                let header: HeaderName =
                    name.parse().map_err(|_| invalid("this is not the name of a header"))?;
                if REFUSED.contains(&header.as_str()) {
                    return Err(invalid("this header is the client's own and cannot be set"));
                }
                let mut value = HeaderValue::from_str(&value)
                    .map_err(|_| invalid("its value has characters that no header may have"))?;
                value.set_sensitive(true);
                map.insert(header, value);
            }
            read.push((pattern, map));
        }
        read.sort_by_key(|(pattern, _)| pattern.narrowness());
        Ok(Self(read))
    }

    /// What is sent with a request for `source`.
    #[must_use]
    pub fn of(&self, source: &SourceUrl) -> HeaderMap {
        let mut all = HeaderMap::new();
        if let Ok(url) = Url::parse(source.as_str()) {
            for (_, headers) in self.0.iter().filter(|(pattern, _)| pattern.matches(&url)) {
                all.extend(headers.clone());
            }
        }
        all
    }
}

impl fmt::Debug for SourceHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(places: &[(&str, &str, &str)]) -> Result<SourceHeaders, InvalidHeader> {
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        SourceHeaders::from_map(
            places.iter().map(|(place, name, value)| ((*place).to_owned(), one(name, value))),
        )
    }

    #[test]
    fn a_header_goes_to_the_places_that_its_pattern_names_and_to_no_other() {
        let headers = headers(&[
            ("*.example.com", "X-Key", "wide"),
            ("a.example.com", "x-key", "narrow"),
            ("https://b.example.com/in", "Authorization", "Bearer b"),
        ])
        .unwrap();
        for (url, key, authorization) in [
            ("http://a.example.com/1.jpg", Some("narrow"), None),
            ("http://c.example.com/1.jpg", Some("wide"), None),
            ("https://b.example.com/in/1.jpg", Some("wide"), Some("Bearer b")),
            ("https://b.example.com/inner/1.jpg", Some("wide"), None),
            ("http://b.example.com/in/1.jpg", Some("wide"), None),
            ("http://example.com/1.jpg", None, None),
            ("http://a.example.com.evil.test/1.jpg", None, None),
        ] {
            let sent = headers.of(&SourceUrl::parse(url).unwrap());
            let value = |name: &str| sent.get(name).map(|value| value.to_str().unwrap());
            assert_eq!((value("x-key"), value("authorization")), (key, authorization), "{url}");
        }
        let shown =
            format!("{headers:?} {:?}", headers.of(&SourceUrl::parse("https://b.example.com/in").unwrap()));
        assert!(!shown.contains("Bearer") && !shown.contains("wide"), "{shown}");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_its_value() {
        for (place, name, value) in [
            ("a b", "X-Key", "s3cret"),
            ("a.test", "X Key", "s3cret"),
            ("a.test", "", "s3cret"),
            ("a.test", "X-Key", "s3cret\r\nX: y"),
            ("a.test", "Host", "s3cret"),
            ("a.test", "Transfer-Encoding", "s3cret"),
            ("a.test", "CONNECTION", "s3cret"),
            ("a.test", "Range", "s3cret"),
        ] {
            let refusal = headers(&[(place, name, value)]).unwrap_err().to_string();
            assert!(refusal.contains(place) && !refusal.contains("s3cret"), "{refusal}");
        }
    }
}
