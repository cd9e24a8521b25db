//! Conditional requests (RFC 9110 §13).

use axum::http::HeaderMap;
use axum::http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use imcaxy_shared::time::Timestamp;

/// Whether the client's copy is still good, so that 304 is the answer. `If-None-Match` decides alone where it stands
/// (§13.2.2): its tags are compared weakly, `*` matches what exists.
pub(crate) fn not_modified(request: &HeaderMap, etag: &str, modified: Timestamp) -> bool {
    if request.contains_key(IF_NONE_MATCH) {
        let values = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        return values.flat_map(|list| tags(list.trim())).any(|tag| tag == "*" || tag == etag);
    }
    let since = request.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(|date| httpdate::parse_http_date(date).ok());
    let since = since.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    since.is_some_and(|since| {
        i64::try_from(since.as_secs()).is_ok_and(|since| modified.whole_second() <= since)
    })
}

/// The opaque tags of a list, without their weakness. A comma may stand inside the quotes.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        rest = rest.strip_prefix("W/").unwrap_or(rest);
        let end = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"')? + 2,
            None if rest.starts_with('*') => 1,
            None => return None,
        };
        let (tag, left) = rest.split_at_checked(end)?;
        rest = left;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: Timestamp = Timestamp::from_millis(784_111_777_900);

    fn answers_304(headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(axum::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        not_modified(&map, "\"abc\"", MODIFIED)
    }

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        for (value, matches) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("\"x,y\" ,W/\"abc\"", true),
            ("*", true),
            ("\"ab\"", false),
            ("abc", false),
            ("", false),
            ("\"abc", false),
        ] {
            assert_eq!(answers_304(&[("if-none-match", value)]), matches, "{value}");
        }
        assert!(answers_304(&[("if-none-match", "\"x\""), ("if-none-match", "\"abc\"")]));
    }

    #[test]
    fn a_date_counts_only_without_tags() {
        let same = ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(answers_304(&[same]));
        assert!(!answers_304(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")]));
        assert!(!answers_304(&[("if-modified-since", "yesterday")]));
        assert!(!answers_304(&[same, ("if-none-match", "\"x\"")]));
    }
}
