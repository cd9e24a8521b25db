//! What of a client's words is not shown to anybody: who asks an origin, in an address that is refused for it.

/// Stands for what is not shown.
const MASK: &str = "***";

/// A value that should be an address, without user and password. It need not be one: all before the last `@` of what may be
/// taken for an authority is hidden.
pub(super) fn address(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let (scheme, rest) = split(&text);
    hidden(scheme, rest)
}

/// JSON, each string that begins as an address does without user and password.
pub(super) fn within(json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    let piece = |piece| match split(piece) {
        ("", _) => piece.to_owned(),
        (scheme, rest) => hidden(scheme, rest),
    };
    json.split('"').map(piece).collect::<Vec<_>>().join("\"")
}

/// Scheme, colon and slashes, in JSON also escaped ones, and what follows them.
fn split(text: &str) -> (&str, &str) {
    let slashes = ['/', '\\'];
    let head = text.find(['/', '\\', '?', '#', '@']).and_then(|at| text.split_at_checked(at));
    match head {
        Some((head, tail)) if tail.starts_with(slashes) && (head.is_empty() || head.ends_with(':')) => {
            let rest = tail.trim_start_matches(slashes);
            text.split_at_checked(text.len() - rest.len()).unwrap_or(("", text))
        }
        _ => ("", text),
    }
}

fn hidden(scheme: &str, rest: &str) -> String {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}{MASK}@{host}{tail}"),
        None => format!("{scheme}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_who_asks_an_origin() {
        for (text, shown) in [
            ("http://u:p@h/a?b=c@d", "http://***@h/a?b=c@d"),
            (" http://u:p@h", " http://***@h"),
            ("http:/u:p@h/", "http:/***@h/"),
            ("http:u:p@h/", "***@h/"),
            ("//u:p@h/", "//***@h/"),
            ("u:p@h", "***@h"),
            ("http://u:p@ss@h", "http://***@h"),
            ("http://good\\@evil/", "http://***@evil/"),
            ("ftp://u:p@h", "ftp://***@h"),
            ("http://h/u:p@x", "http://h/u:p@x"),
            ("http://h?u:p@x", "http://h?u:p@x"),
            ("h/@x", "h/@x"),
            ("", ""),
        ] {
            assert_eq!(address(text.as_bytes()), shown, "{text}");
        }
    }

    #[test]
    fn nor_does_who_looks_at_json() {
        let json = r#"[{"image":"http://u:p@h/a","b":"http:\/\/u:p@h\/a","text":"mail a@b"}]"#;
        let shown = r#"[{"image":"http://***@h/a","b":"http:\/\/***@h\/a","text":"mail a@b"}]"#;
        assert_eq!(within(json.as_bytes()), shown);
    }
}
