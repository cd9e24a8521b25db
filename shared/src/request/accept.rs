//! `type=auto`: which type an `Accept` header stands for.

use std::collections::HashMap;

use super::words;

/// The first of webp, png and jpeg in the list; q-values do not count, and neither do wildcards
/// (`determineAcceptMimeType` in imaginary's `controllers.go`, over Go's `mime.ParseMediaType`).
pub(super) fn negotiated(accept: &str) -> Option<&'static str> {
    accept.split(',').find_map(|part| {
        let (base, rest) = part.split_once(';').map_or((part, None), |(base, rest)| (base, Some(rest)));
        let format = match words::go_lower(base).trim() {
            "image/webp" => "webp",
            "image/png" => "png",
            "image/jpeg" => "jpeg",
            _ => return None,
        };
        rest.is_none_or(|rest| !contradicts_itself(rest)).then_some(format)
    })
}

/// Whether a parameter is given twice with different values, for which Go drops the media type. Where a
/// parameter does not parse, Go stops and keeps the type. `rest` follows the first `;`.
fn contradicts_itself(rest: &str) -> bool {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut rest = rest;
    loop {
        let Some((name, value, after)) = parameter(rest) else { return false };
        if seen.insert(name, value.clone()).is_some_and(|before| before != value) {
            return true;
        }
        let Some(next) = after.trim_start().strip_prefix(';') else { return false };
        rest = next;
    }
}

fn parameter(text: &str) -> Option<(String, String, &str)> {
    let (name, rest) = token(text.trim_start())?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted_string(quoted)?,
        None => token(rest).map(|(value, rest)| (value.to_owned(), rest))?,
    };
    Some((name.to_ascii_lowercase(), value, rest))
}

fn token(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`{|}~".contains(c))
        .unwrap_or(text.len());
    text.split_at_checked(end).filter(|(token, _)| !token.is_empty())
}

/// Go unescapes a backslash only before the "tspecials" of RFC 2045.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((value, chars.as_str())),
            '\r' | '\n' => return None,
            '\\' => {
                let mut ahead = chars.clone();
                match ahead.next() {
                    Some(next) if "()<>@,;:\\\"/[]?=".contains(next) => {
                        value.push(next);
                        chars = ahead;
                    }
                    _ => value.push(c),
                }
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::negotiated;

    #[test]
    fn the_first_of_the_three_types_wins_whatever_its_weight() {
        for (accept, expected) in [
            ("image/avif,image/webp,image/apng,*/*;q=0.8", Some("webp")),
            ("image/png, image/webp", Some("png")),
            ("image/webp;q=0, image/jpeg", Some("webp")),
            (" IMAGE/JPEG ;q=1", Some("jpeg")),
            ("*/*", None),
            ("image/*,image/jpg", None),
            ("", None),
            ("image/webp x", None),
            ("image/webp;q=1;q=0", None),
            ("image/webp;q=1;Q=1", Some("webp")),
            ("image/webp;;q=1;q=0", Some("webp")),
            ("image/webp;a=\"x\\\"\";a=\"x\\\"\"", Some("webp")),
            ("image/webp;q=0;q=1,image/png", Some("png")),
        ] {
            assert_eq!(negotiated(accept), expected, "{accept}");
        }
    }
}
