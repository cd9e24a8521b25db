//! Spellings of a URL that people take for one: with percent-escapes, and without.
//!
//! They are several sources, since what a request names is fetched as it is spelled. But whoever has changed a file knows it by one of them, and
//! not by which one the pages ask for it: a `url=` that holds `/b%C3%BCcher` has been decoded to `/bücher` before it is read.

use super::source::SourceUrl;

impl SourceUrl {
    /// This URL, and where these are others, that with everything escaped that has to be and that with nothing escaped that need not be.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut spellings = vec![self.clone()];
        let unescaped = unescaped(self.as_str());
        for text in [escaped(&unescaped), unescaped] {
            // What would mean something else unescaped is none.
            if let Ok(url) = Self::parse(&text)
                && !spellings.contains(&url)
            {
                spellings.push(url);
            }
        }
        spellings
    }
}

/// With an escape for what no URL has, and for nothing else.
fn escaped(url: &str) -> String {
    let mut text = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>^`{|}".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex::encode_upper([byte]));
        }
    }
    text
}

/// Without escapes, but for what means something else without: what is reserved, `%` itself, and control characters.
fn unescaped(url: &str) -> String {
    let mut text = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let mut byte = [0];
        let is_escape = |two: &[u8]| hex::decode_to_slice(two, &mut byte).is_ok() && means_itself(byte[0]);
        if *first == b'%' && after.get(..2).is_some_and(is_escape) {
            text.push(byte[0]);
            rest = after.get(2..).unwrap_or_default();
        } else {
            text.push(*first);
            rest = after;
        }
    }
    // Escapes that are no UTF-8 have no other spelling.
    String::from_utf8(text).unwrap_or_else(|_| url.to_owned())
}

fn means_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b" -._~\"<>^`{|}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_known_with_escapes_and_without() {
        for (url, others) in [
            ("http://h/a.jpg?b=c&d", &[][..]),
            ("http://h/a%20b.jpg", &["http://h/a b.jpg"]),
            ("http://h/a b.jpg", &["http://h/a%20b.jpg"]),
            ("http://h/b%c3%bccher/%7Ea.jpg", &["http://h/b%C3%BCcher/~a.jpg", "http://h/bücher/~a.jpg"]),
            ("http://h/%7Eu/ü", &["http://h/~u/%C3%BC", "http://h/~u/ü"]),
            ("http://h/%7b%2f", &["http://h/%7B%2f", "http://h/{%2f"]),
            ("http://h/bücher?ä", &["http://h/b%C3%BCcher?%C3%A4"]),
            ("http://h/ü/%C3%BC", &["http://h/%C3%BC/%C3%BC", "http://h/ü/ü"]),
            ("http://h/%2F%3F%23%25%26%2B%00.jpg", &[]),
            ("http://h/%FF.jpg", &[]),
            ("http://h/%2e%2e.jpg", &["http://h/...jpg"]),
            ("http://h/a%20", &[]),
        ] {
            let spelled = SourceUrl::parse(url).expect(url).spellings();
            let spelled: Vec<&str> = spelled.iter().map(SourceUrl::as_str).collect();
            let expected: Vec<&str> = [url].iter().chain(others).copied().collect();
            assert_eq!(spelled, expected, "{url}");
        }
    }
}
