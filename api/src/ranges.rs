//! Which part of a picture is asked for (RFC 9110 §14).

use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::RANGE;

/// What a `Range` header asks of so many bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them: nothing is asked for, nothing that is understood, or several parts with gaps between them.
    Whole,
    /// One part, not empty and within the whole.
    Part(Range<u64>),
    /// Only what lies beyond their end.
    Beyond,
}

/// Reads the `Range` header for a picture of `size` bytes. Parts that adjoin or overlap are one. What has gaps is answered
/// whole, as §14.2 allows: a picture costs less than the attack that many small parts are (§17.15).
pub(crate) fn wanted(request: &HeaderMap, size: u64) -> Wanted {
    let mut values = request.get_all(RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Wanted::Whole };
    let Some(set) = value.to_str().ok().and_then(in_bytes) else { return Wanted::Whole };
    let specs = set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty());
    let Some(mut parts) = specs.map(|spec| part(spec, size)).collect::<Option<Vec<_>>>() else {
        return Wanted::Whole;
    };
    // An empty set is none, and of nothing there is no part.
    if parts.is_empty() || size == 0 {
        return Wanted::Whole;
    }
    parts.retain(|part| !part.is_empty());
    parts.sort_by_key(|part| part.start);
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Wanted::Beyond };
    let joined = parts.try_fold(first, |joined, next| {
        (next.start <= joined.end).then(|| joined.start..joined.end.max(next.end))
    });
    joined.map_or(Wanted::Whole, Wanted::Part)
}

/// The set of ranges, if they are in bytes.
fn in_bytes(value: &str) -> Option<&str> {
    let (unit, set) = value.split_once('=')?;
    unit.trim().eq_ignore_ascii_case("bytes").then_some(set)
}

/// One range within `size` bytes, empty when it lies beyond them; `None` when it is no range.
fn part(spec: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = spec.split_once('-')?;
    match (first, last) {
        ("", suffix) => Some(size.saturating_sub(number(suffix)?)..size),
        (first, "") => Some(number(first)?.min(size)..size),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first.min(size)..last.saturating_add(1).min(size))
        }
    }
}

/// A position. One that is larger than any size there is counts as the largest.
fn number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ten(values: &[&str]) -> Wanted {
        let mut request = HeaderMap::new();
        for value in values {
            request.append(RANGE, value.parse().unwrap());
        }
        wanted(&request, 10)
    }

    #[test]
    fn a_range_is_one_part_all_or_beyond() {
        let part = |start, end| Wanted::Part(start..end);
        for (value, wanted) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-9", part(0, 10)),
            ("bytes=3-", part(3, 10)),
            ("bytes=3-99", part(3, 10)),
            ("bytes=0-99999999999999999999999", part(0, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-99", part(0, 10)),
            ("Bytes= 2-4", part(2, 5)),
            ("bytes=0-2,3-5", part(0, 6)),
            ("bytes=4-6 ,, 0-5", part(0, 7)),
            ("bytes=0-8,2-3", part(0, 9)),
            ("bytes=0-1,20-30", part(0, 2)),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=10-11,20-", Wanted::Beyond),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,5-4", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=--1", Wanted::Whole),
            ("bytes 0-1", Wanted::Whole),
            ("pages=0-1", Wanted::Whole),
        ] {
            assert_eq!(of_ten(&[value]), wanted, "{value}");
        }
        assert_eq!(of_ten(&[]), Wanted::Whole);
        assert_eq!(of_ten(&["bytes=0-1", "bytes=0-1"]), Wanted::Whole);
    }

    #[test]
    fn of_nothing_there_is_no_part() {
        let request = HeaderMap::from_iter([(RANGE, "bytes=0-".parse().unwrap())]);
        assert_eq!(wanted(&request, 0), Wanted::Whole);
    }
}
