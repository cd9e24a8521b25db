//! What an answer's `Cache-Control` says about keeping it (RFC 9111 §5.2.2).

use reqwest::header::{CACHE_CONTROL, HeaderMap};

/// Whether a shared cache may not keep the answer: `no-store`, or `private` about all of it. With field names, `private` is about
/// those header fields only, of which none is kept. What cannot be read as text is nothing that was said.
pub(super) fn forbids_keeping(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(CACHE_CONTROL).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(directives).any(|(name, argument)| match name.to_ascii_lowercase().as_str() {
        "no-store" => true,
        "private" => argument.is_none_or(|fields| fields.trim_matches([' ', '\t', '"']).is_empty()),
        _ => false,
    })
}

/// The directives of one line, with their arguments as they are written.
fn directives(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(line);
    let parts = std::iter::from_fn(move || {
        let text = rest?;
        let (part, left) = match end(text).and_then(|at| text.split_at_checked(at)) {
            Some((part, left)) => (part, left.get(1..)),
            None => (text, None),
        };
        rest = left;
        Some(part)
    });
    parts.map(|part| match part.split_once('=') {
        Some((name, argument)) => (name.trim(), Some(argument.trim())),
        None => (part.trim(), None),
    })
}

/// Where the first directive of `text` ends: at a comma that stands in no quoted string.
fn end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' => return !quoted,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn what_is_private_or_not_to_be_stored_is_not_kept() {
        for (lines, forbids) in [
            (&[][..], false),
            (&[""], false),
            (&["public, max-age=60"], false),
            (&["private"], true),
            (&["PRIVATE"], true),
            (&["max-age=60,No-Store"], true),
            (&["max-age=60", "\tno-store "], true),
            (&["private=\"set-cookie\""], false),
            (&["private=set-cookie"], false),
            (&["private=\"\""], true),
            (&["private=\"set-cookie, x-a\", max-age=1"], false),
            (&["private=\"set-cookie\", private"], true),
            (&["no-cache=\"a, no-store, private\""], false),
            (&["ext=\"\\\", private\""], false),
            (&["ext=\"\\\"\", private"], true),
            (&["ext=\"never closed, private"], false),
            (&["private-ish, no-storefront"], false),
            (&["no-store=1"], true),
            (&[",, ,private,"], true),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(line));
            }
            assert_eq!(forbids_keeping(&headers), forbids, "{lines:?}");
        }
    }
}
