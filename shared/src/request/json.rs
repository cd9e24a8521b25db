//! JSON as Go's `encoding/json` reads it. Differs from serde_json where it matters here: duplicate keys, lone
//! surrogates and foreign bytes (both become U+FFFD), depth (10,000, without recursion), and what may follow.

use super::refusal::shorten;

/// Go's `maxNestingDepth`.
const DEPTH: usize = 10_000;

/// A value as far as a step's parameter needs it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    /// An array or object, read and thrown away.
    Nested,
}

impl Json {
    /// For a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Flag(on) => on.to_string(),
            Self::Number(value) => super::number::shortest(*value),
            Self::Text(text) => shorten(text.as_bytes()),
            Self::Nested => "a list or object".to_owned(),
        }
    }
}

/// Reads from the front; every method is `None` where Go reports an error.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The next byte that is no blank, which stays.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some((b' ' | b'\t' | b'\r' | b'\n', rest)) = self.0.split_first() {
            self.0 = rest;
        }
        self.0.first().copied()
    }

    /// Takes the byte if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        if next {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        next
    }

    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// An object's key and its colon.
    pub(super) fn key(&mut self) -> Option<String> {
        self.peek();
        let key = self.string()?;
        self.expect(b':')?;
        Some(key)
    }

    /// Any value, inside `outer` arrays and objects.
    pub(super) fn value(&mut self, outer: usize) -> Option<Json> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            let mut value = match self.peek()? {
                start @ (b'{' | b'[') => {
                    self.expect(start)?;
                    let end = if start == b'{' { b'}' } else { b']' };
                    if outer + open.len() + 1 > DEPTH {
                        return None;
                    }
                    if !self.eat(end) {
                        open.push(end);
                        if end == b'}' {
                            self.key()?;
                        }
                        continue;
                    }
                    Json::Nested
                }
                _ => self.scalar()?,
            };
            loop {
                let Some(end) = open.last().copied() else { return Some(value) };
                if !self.eat(end) {
                    self.expect(b',')?;
                    if end == b'}' {
                        self.key()?;
                    }
                    break;
                }
                open.pop();
                value = Json::Nested;
            }
        }
    }

    fn scalar(&mut self) -> Option<Json> {
        match self.0.first()? {
            b'"' => self.string().map(Json::Text),
            b'n' => self.word(b"null", Json::Null),
            b't' => self.word(b"true", Json::Flag(true)),
            b'f' => self.word(b"false", Json::Flag(false)),
            _ => self.number().map(Json::Number),
        }
    }

    /// The word, which comes next.
    pub(super) fn word<T>(&mut self, word: &[u8], value: T) -> Option<T> {
        self.0 = self.0.strip_prefix(word)?;
        Some(value)
    }

    fn number(&mut self) -> Option<f64> {
        let start = self.0;
        if let Some(rest) = self.0.strip_prefix(b"-") {
            self.0 = rest;
        }
        match self.digits()? {
            [b'0'] => {}
            [b'0', ..] => return None,
            _ => {}
        }
        if let Some(rest) = self.0.strip_prefix(b".") {
            self.0 = rest;
            self.digits()?;
        }
        if let Some((b'e' | b'E', rest)) = self.0.split_first() {
            self.0 = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
            self.digits()?;
        }
        super::number::parse(start.get(..start.len() - self.0.len())?)
    }

    fn digits(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|b| !b.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!digits.is_empty()).then_some(digits)
    }

    fn string(&mut self) -> Option<String> {
        self.0 = self.0.strip_prefix(b"\"")?;
        let mut out = String::new();
        loop {
            let end = self.0.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f))?;
            let (plain, rest) = self.0.split_at_checked(end)?;
            push_repaired(&mut out, plain);
            let (mark, rest) = rest.split_first()?;
            self.0 = rest;
            match mark {
                b'"' => return Some(out),
                b'\\' => out.push(self.escape()?),
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let (kind, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(match kind {
            b'"' | b'\\' | b'/' => char::from(*kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                self.joined(unit)
            }
            _ => return None,
        })
    }

    /// A character of its own, or the first half of a pair; a half alone is U+FFFD.
    fn joined(&mut self, unit: u16) -> char {
        if let Some(c) = char::from_u32(u32::from(unit)) {
            return c;
        }
        let mut ahead = Reader(self.0);
        let low = ahead.0.strip_prefix(b"\\u").and_then(|rest| {
            ahead.0 = rest;
            ahead.unit()
        });
        match low.and_then(|low| char::decode_utf16([unit, low]).next()?.ok()) {
            Some(c) => {
                self.0 = ahead.0;
                c
            }
            None => char::REPLACEMENT_CHARACTER,
        }
    }

    fn unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        digits.iter().try_fold(0_u16, |unit, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(unit << 4 | u16::try_from(digit).ok()?)
        })
    }
}

/// Go replaces every foreign byte by a character of its own, Rust a run of them by one.
fn push_repaired(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &[u8]) -> Option<Json> {
        Reader::new(json).value(0)
    }

    #[test]
    fn strings_are_repaired_as_go_does() {
        let read = |json: &[u8]| match text(json) {
            Some(Json::Text(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            read(b"\"\\ud83d\\ude00\\ud83dx\\ude00\\ud83d\\u0041\""),
            "\u{1F600}\u{FFFD}x\u{FFFD}\u{FFFD}A"
        );
        assert_eq!(read(b"\"a\xe2\x82b\xff\""), "a\u{FFFD}\u{FFFD}b\u{FFFD}");
        assert_eq!(text(b"\"\x01\""), None);
        assert_eq!(text(b"\"\\x\""), None);
    }

    #[test]
    fn numbers_follow_the_grammar() {
        assert_eq!(text(b"-0.5e+1"), Some(Json::Number(-5.0)));
        for bad in ["01", "+1", "1.", ".5", "1e", "-", "0x1", "1e999", "NaN"] {
            let mut reader = Reader::new(bad.as_bytes());
            assert!(reader.value(0).is_none() || reader.peek().is_some(), "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded_without_recursion() {
        let nest = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert_eq!(text(&nest(DEPTH)), Some(Json::Nested));
        assert_eq!(text(&nest(DEPTH + 1)), None);
        assert_eq!(text(&vec![b'['; 1_000_000]), None);
        assert_eq!(text(br#"{"a":[1,{"b":[]}],"c":{}}"#), Some(Json::Nested));
        for bad in ["[1,]", "{\"a\"}", "{\"a\":1,}", "[1 2]", "[", "{1:2}"] {
            assert_eq!(text(bad.as_bytes()), None, "{bad}");
        }
    }
}
