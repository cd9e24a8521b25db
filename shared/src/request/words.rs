//! Words and colours as imaginary compares them (`params.go`, over Go's `strings`).

/// Go's `strings.ToLower`: letter by letter. Rust's differs in two places, final sigma and dotted I, and the
/// second would matter: Go reads `whİte` as `white`.
pub(super) fn go_lower(text: &str) -> String {
    text.chars().filter_map(|c| c.to_lowercase().next()).collect()
}

/// `gravity`: one of five words, trimmed, any case; everything else is the centre, which is the default.
pub(super) fn gravity(value: &[u8]) -> Option<&'static str> {
    const KNOWN: [&str; 5] = ["north", "south", "east", "west", "smart"];
    let word = word(value);
    KNOWN.into_iter().find(|known| *known == word)
}

/// `extend`: `copy` is the default. Any other word, the empty one included, is `mirror`; `lastpixel` does what
/// `background` does, because libvips knows no such mode.
pub(super) fn extend(value: &[u8]) -> Option<&'static str> {
    match word(value).as_str() {
        "copy" => None,
        "white" => Some("white"),
        "black" => Some("black"),
        "background" | "lastpixel" => Some("background"),
        _ => Some("mirror"),
    }
}

/// Bytes that are no UTF-8 become a character that no known word contains.
fn word(value: &[u8]) -> String {
    go_lower(&String::from_utf8_lossy(value)).trim().to_owned()
}

/// The components of a colour `R,G,B`: numbers from 0 to 255, junk is 0 and more is 255 (`parseColor`).
pub(super) fn colour(value: &[u8]) -> Vec<u8> {
    if value.is_empty() {
        return Vec::new();
    }
    value.split(|&b| b == b',').map(component).collect()
}

fn component(text: &[u8]) -> u8 {
    let text = std::str::from_utf8(text).unwrap_or_default().trim_matches(' ');
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(u8::MAX)
}

/// The two numbers of an aspect ratio `W:H` (`parseAspectRatio` in `options.go`); `None` without a colon. What
/// is no integer is 0; what follows a second colon is ignored.
pub(super) fn ratio(value: &str) -> Option<(i64, i64)> {
    let (width, rest) = value.trim().split_once(':')?;
    let height = rest.split_once(':').map_or(rest, |(height, _)| height);
    Some((integer(width), integer(height)))
}

fn integer(text: &str) -> i64 {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_trimmed_and_lower_cased_as_go_does() {
        assert_eq!(gravity(" NoRth\u{3000}".as_bytes()), Some("north"));
        assert_eq!(gravity(b"northwest"), None);
        assert_eq!(extend("whİte".as_bytes()), Some("white"));
        assert_eq!(extend("blac\u{212A}".as_bytes()), Some("black"));
        assert_eq!(extend(b""), Some("mirror"));
        assert_eq!(extend(b"copy\xff"), Some("mirror"));
    }

    #[test]
    fn colours_have_as_many_components_as_commas_say() {
        assert!(colour(b"").is_empty());
        assert_eq!(colour(b"red"), [0]);
        assert_eq!(colour(b" 1 ,256,x,4"), [1, 255, 0, 4]);
        assert_eq!(colour(b"+1,99999999999999999999,-1"), [0, 255, 0]);
    }

    #[test]
    fn ratios_are_integers_or_zero() {
        assert_eq!(ratio("16:9"), Some((16, 9)));
        assert_eq!(ratio(" -16:+9:x "), Some((-16, 9)));
        assert_eq!(ratio("16.5: 9"), Some((0, 0)));
        assert_eq!(ratio("99999999999999999999:1"), Some((i64::MAX, 1)));
        assert_eq!(ratio("16"), None);
    }
}
