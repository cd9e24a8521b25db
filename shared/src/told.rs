//! Texts of others in records, in the audit and in answers: no longer than somebody reads.

/// The most of one, in bytes.
const LONGEST: usize = 2 << 10;

/// `text`, or as much of its beginning as is told, and that it goes on.
#[must_use]
pub fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let fits = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST);
        text.truncate(fits.last().unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_two_characters() {
        for (text, expected) in [
            ("a".repeat(LONGEST), "a".repeat(LONGEST)),
            ("a".repeat(LONGEST + 1), "a".repeat(LONGEST) + "…"),
            ("a".to_owned() + &"ü".repeat(LONGEST), "a".to_owned() + &"ü".repeat(LONGEST / 2 - 1) + "…"),
        ] {
            assert_eq!(cut(text), expected);
        }
    }
}
