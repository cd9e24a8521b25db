//! `cache.control`: what caches are told about pictures.

use url::Url;

use super::value::{Raw, Setting, Shown};
use crate::guard::SourcePattern;
use crate::request::SourceUrl;

/// What is said of pictures whose source no pattern matches.
const DEFAULT: &str = "public, max-age=300";

/// The `Cache-Control` of pictures, by their source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheControl {
    /// The most specific first.
    by_source: Vec<(SourcePattern, String)>,
    other: String,
}

impl CacheControl {
    /// What a picture made of `source` is answered with. Of the patterns that match, the most specific decides.
    #[must_use]
    pub fn of(&self, source: &SourceUrl) -> &str {
        if self.by_source.is_empty() {
            return &self.other;
        }
        let Ok(url) = Url::parse(source.as_str()) else { return &self.other };
        let matching = self.by_source.iter().find(|(pattern, _)| pattern.matches(&url));
        matching.map_or(&self.other, |(_, value)| value)
    }
}

impl Setting for CacheControl {
    const SHOWN: Shown = Shown::All;

    fn parse(raw: Raw) -> Result<Self, String> {
        let pairs = match raw {
            Raw::Map(pairs) => pairs,
            raw => {
                let text = raw.text()?;
                if !text.trim_start().starts_with('{') {
                    return Ok(Self { by_source: Vec::new(), other: header_value(text)? });
                }
                serde_json::from_str(&text)
                    .map_err(|_| "a value, or a JSON object of patterns and values, is allowed".to_owned())?
            }
        };
        let mut by_source: Vec<(SourcePattern, String)> = Vec::new();
        for (name, raw) in pairs {
            let named = |problem: String| format!("{name}: {problem}");
            let pattern: SourcePattern =
                name.parse().map_err(|e: crate::guard::InvalidPattern| named(e.to_string()))?;
            if by_source.iter().any(|(known, _)| *known == pattern) {
                return Err(named("it stands twice, in different spellings".to_owned()));
            }
            by_source.push((pattern, raw.text().and_then(header_value).map_err(named)?));
        }
        by_source.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.narrowness()));
        Ok(Self { by_source, other: DEFAULT.to_owned() })
    }
}

fn header_value(text: String) -> Result<String, String> {
    let fits = !text.trim().is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if fits {
        Ok(text)
    } else {
        Err("a Cache-Control value of printable ASCII characters is allowed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<CacheControl, String> {
        CacheControl::parse(Raw::Text(text.to_owned()))
    }

    #[test]
    fn the_most_specific_pattern_decides_wherever_it_stands() {
        let control = parsed(
            r#"{
                "*": "any",
                "*.test": "below test",
                "*.images.test": "below images",
                "images.test": "host",
                "images.test:8080": "port",
                "http://images.test/a": "a",
                "http://images.test/a/b/": "b"
            }"#,
        )
        .unwrap();
        for (url, value) in [
            ("http://elsewhere.example/1.jpg", "any"),
            ("http://other.test/1.jpg", "below test"),
            ("http://de.images.test/1.jpg", "below images"),
            ("https://images.test/a/1.jpg", "host"),
            ("http://images.test:8080/a/1.jpg", "port"),
            ("http://images.test/a/1.jpg", "a"),
            ("http://images.test/ab/1.jpg", "host"),
            ("http://images.test/a/b/1.jpg", "b"),
        ] {
            assert_eq!(control.of(&SourceUrl::parse(url).unwrap()), value, "{url}");
        }
    }

    #[test]
    fn a_text_is_for_all_and_what_no_pattern_matches_has_the_default() {
        let source = SourceUrl::parse("http://a.test/1.jpg").unwrap();
        assert_eq!(parsed("no-cache").unwrap().of(&source), "no-cache");
        assert_eq!(parsed(r#"{"b.test":"no-cache"}"#).unwrap().of(&source), DEFAULT);
        let table = Raw::Map([("a.test".to_owned(), Raw::Text("private".to_owned()))].into());
        assert_eq!(CacheControl::parse(table).unwrap().of(&source), "private");
    }

    #[test]
    fn what_no_header_can_say_is_refused() {
        for text in [
            "",
            " ",
            "max-age=1\n",
            "äh",
            "{",
            r#"{"a b":"no-cache"}"#,
            r#"{"a.test":""}"#,
            r#"{"a.test":["x"]}"#,
            r#"{"a.test":"x","A.test":"y"}"#,
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
