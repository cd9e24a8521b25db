//! Query strings as Go reads them, since imaginary does: `url.ParseQuery` and `url.Values.Get`.

/// The pairs of a query, decoded, in order. Values are bytes: a percent-decoded value need not be UTF-8.
pub(super) struct Query(Vec<Pair>);

impl Query {
    /// Splits a raw query (without `?`). As in Go, a pair that is empty, contains `;`, or has a broken percent
    /// escape is left out, and nothing else is lost with it.
    pub(super) fn parse(raw: &str) -> Self {
        Self(pairs(raw).filter_map(|(_, read)| read).collect())
    }

    /// The first value of a name, which is the one that imaginary uses.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.pairs().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
    }

    /// All pairs in order, duplicates included.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }
}

/// Each pair that is not empty: as it was sent, and what Go reads, which is nothing where it leaves it out.
pub(super) fn pairs(raw: &str) -> impl Iterator<Item = (&str, Option<Pair>)> {
    raw.split('&').filter(|sent| !sent.is_empty()).map(|sent| (sent, pair(sent.as_bytes())))
}

/// A name and its value.
type Pair = (Vec<u8>, Vec<u8>);

fn pair(raw: &[u8]) -> Option<Pair> {
    if raw.contains(&b';') {
        return None;
    }
    let mut halves = raw.splitn(2, |&b| b == b'=');
    let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    Some((unescape(name, true)?, unescape(value, true)?))
}

/// Decodes a path, where `+` stands for itself; `None` where an escape is broken.
pub(super) fn unescape_path(raw: &str) -> Option<Vec<u8>> {
    unescape(raw.as_bytes(), false)
}

/// Decodes the name of a query pair; `None` where an escape is broken.
pub(super) fn unescape_name(raw: &str) -> Option<Vec<u8>> {
    unescape(raw.as_bytes(), true)
}

fn unescape(raw: &[u8], plus_is_blank: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            b'+' if plus_is_blank => b' ',
            other => other,
        });
    }
    Some(out)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Percent-encodes everything but RFC 3986's unreserved characters, which are those that Go leaves alone, and writes a blank as
/// `blank`: one spelling for one value, and none that could be taken for a delimiter.
fn escape_into(out: &mut String, text: &[u8], blank: &str) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else if byte == b' ' {
            out.push_str(blank);
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].iter().filter_map(|&digit| DIGITS.get(usize::from(digit))));
        }
    }
}

/// Writes `name=value&…`, both percent-encoded, in the order given.
pub(super) fn write<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    write_with("%20", pairs.map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

/// The same as Go's `url.QueryEscape` spells it: a blank is `+`.
pub(super) fn write_as_go<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> String {
    write_with("+", pairs)
}

fn write_with<'a>(blank: &str, pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape_into(&mut out, name, blank);
        out.push('=');
        escape_into(&mut out, value, blank);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_go_reads_them() {
        let query = Query::parse("&a=1&&a=2&b=x;y&c=%zz&%64=%2B+%26&e&=f&g=h=i");
        let pairs: Vec<_> =
            query.pairs().map(|(k, v)| format!("{}>{}", k.escape_ascii(), v.escape_ascii())).collect();
        assert_eq!(pairs, ["a>1", "a>2", "d>+ &", "e>", ">f", "g>h=i"]);
        assert_eq!(query.first("a"), Some(&b"1"[..]));
    }

    #[test]
    fn a_path_keeps_its_plus() {
        assert_eq!(unescape_path("/a+%62"), Some(b"/a+b".to_vec()));
        assert_eq!(unescape_path("/a%6"), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = write([("a b", "ü&=+%\0~")].into_iter());
        assert_eq!(text, "a%20b=%C3%BC%26%3D%2B%25%00~");
        assert_eq!(Query::parse(&text).first("a b"), Some("ü&=+%\0~".as_bytes()));
    }
}
