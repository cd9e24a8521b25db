//! What of a value may be shown.

use super::value::Shown;

/// Stands for what is not shown.
const MASK: &str = "***";

/// The part of a value that people may see.
pub(super) fn masked(shown: Shown, text: &str) -> String {
    match shown {
        Shown::Nothing => MASK.to_owned(),
        Shown::Address => address(text),
        Shown::All => text.split(',').map(without_password).collect::<Vec<_>>().join(","),
    }
}

/// A store's address without who is asking. A password may hold any character, so all before the last `@` is hidden; and
/// drivers take secrets in the query.
fn address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return MASK.to_owned() };
    let (asking, place) = rest.rsplit_once('@').map_or((false, rest), |(_, place)| (true, place));
    let (place, query) = place.split_once('?').map_or((place, ""), |(place, _)| (place, "?***"));
    let asking = if asking { "***@" } else { "" };
    format!("{scheme}://{asking}{place}{query}")
}

/// A URL that has a password where none is expected.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{MASK}@{host}{path}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_a_password() {
        for (shown, text, expected) in [
            (Shown::Nothing, "tok", "***"),
            (Shown::Address, "redis://h:1/2", "redis://h:1/2"),
            (Shown::Address, "redis://:p@ss/w@h:1", "redis://***@h:1"),
            (Shown::Address, "redis://:p?w@h:1", "redis://***@h:1"),
            (Shown::Address, "mongodb://u:p@a,b/d?authSource=x", "mongodb://***@a,b/d?***"),
            (Shown::Address, "u:p@h", "***"),
            (Shown::All, "http://a:1,http://u:p@b/x", "http://a:1,http://***@b/x"),
            (Shown::All, "https://h/@user?a=b@c", "https://h/@user?a=b@c"),
            (Shown::All, "4", "4"),
        ] {
            assert_eq!(masked(shown, text), expected, "{text}");
        }
    }
}
