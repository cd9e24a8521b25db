//! In what form a picture is answered: conditional requests (RFC 9110 §13) and ranges (§14), in the order of §13.2.2.

use std::ops::{Range, RangeBounds};

use axum::http::header::{
    HeaderMap, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use axum::http::{Method, request::Parts};
use imcaxy_shared::entry::Entry;
use imcaxy_shared::jobs::Unkept;

use crate::ranges::{Wanted, wanted};

/// In what form a picture is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// 200.
    Whole,
    /// 206, with these bytes.
    Part(Range<u64>),
    /// 304: the client has it.
    NotModified,
    /// 412: the client wanted another one, or none.
    PreconditionFailed,
    /// 416: it ends before what is wanted begins.
    Beyond,
}

/// What the date of a picture says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dates {
    /// Which rendering it is: no two of a key that are kept are of the same second.
    Validate,
    /// Nothing: two that are not kept may be of the same second and differ. Tags tell them apart.
    SayNothing,
}

impl Dates {
    /// Those of a picture that is kept, or of one that is not.
    pub(crate) const fn of(unkept: Option<Unkept>) -> Self {
        if unkept.is_none() { Self::Validate } else { Self::SayNothing }
    }
}

/// What a request says about the picture that it would be answered with, which is a GET or a HEAD.
pub(crate) fn form(request: &Parts, current: &Current<'_>) -> Form {
    let headers = &request.headers;
    let meant = match () {
        () if headers.contains_key(IF_MATCH) => {
            listed(headers, IF_MATCH, |tag| tag.is_strongly(current.etag))
        }
        () => date(headers, IF_UNMODIFIED_SINCE).is_none_or(|date| current.is_of(..=date)),
    };
    if !meant {
        return Form::PreconditionFailed;
    }
    let known = match () {
        () if headers.contains_key(IF_NONE_MATCH) => {
            listed(headers, IF_NONE_MATCH, |tag| tag.is(current.etag))
        }
        () => date(headers, IF_MODIFIED_SINCE).is_some_and(|date| current.is_of(..=date)),
    };
    if known {
        return Form::NotModified;
    }
    // A range is defined for GET alone (§14.2), and its condition asks for the rest of this very picture.
    if request.method != Method::GET || !current.is_continued(headers) {
        return Form::Whole;
    }
    match wanted(headers, current.size) {
        Wanted::Whole => Form::Whole,
        Wanted::Part(part) => Form::Part(part),
        Wanted::Beyond => Form::Beyond,
    }
}

/// What would be answered: its validators, and how many bytes it has.
pub(crate) struct Current<'a> {
    pub etag: &'a str,
    pub size: u64,
    /// Seconds since 1970, where they say anything.
    pub modified: Option<i64>,
}

impl<'a> Current<'a> {
    /// An entry, and what its date says.
    pub(crate) fn of(entry: &'a Entry, dates: Dates) -> Self {
        let modified = (dates == Dates::Validate).then(|| entry.created_at.whole_second());
        Self { etag: entry.etag.as_str(), size: entry.size, modified }
    }

    /// Whether it is known to be of these seconds.
    fn is_of(&self, seconds: impl RangeBounds<i64>) -> bool {
        self.modified.is_some_and(|modified| seconds.contains(&modified))
    }

    /// Whether `If-Range`, where it stands, names this picture. Its date counts as a strong validator (§8.8.2.2): no two renderings
    /// of a key that are kept are of the same second.
    fn is_continued(&self, headers: &HeaderMap) -> bool {
        if !headers.contains_key(IF_RANGE) {
            return true;
        }
        let tags = |value: &str| tags(value).any(|tag| tag.is_strongly(self.etag) && tag.opaque != "*");
        let tag = single(headers, IF_RANGE).is_some_and(tags);
        tag || date(headers, IF_RANGE).is_some_and(|date| self.is_of(date..=date))
    }
}

/// Whether one of the tags in a header's lists fits.
fn listed(headers: &HeaderMap, name: HeaderName, fits: impl Fn(&Tag<'_>) -> bool) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(tags).any(|tag| fits(&tag))
}

/// The value of a header that stands once.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok()
}

/// A date, in seconds since 1970. What is no date, or stands twice, is ignored (§13.1.3, §13.1.4).
fn date(headers: &HeaderMap, name: HeaderName) -> Option<i64> {
    let date = httpdate::parse_http_date(single(headers, name)?).ok()?;
    i64::try_from(date.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// An entity tag, or `*`.
struct Tag<'a> {
    opaque: &'a str,
    weak: bool,
}

impl Tag<'_> {
    /// Weak comparison (§8.8.3.2); `*` is whatever exists.
    fn is(&self, etag: &str) -> bool {
        self.opaque == "*" || self.opaque == etag
    }

    fn is_strongly(&self, etag: &str) -> bool {
        !self.weak && self.is(etag)
    }
}

/// The tags of a list. A comma may stand inside the quotes.
fn tags(list: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (weak, tag) = rest.strip_prefix("W/").map_or((false, rest), |tag| (true, tag));
        let end = match tag.strip_prefix('"') {
            Some(inner) => inner.find('"')? + 2,
            None if tag.starts_with('*') => 1,
            None => return None,
        };
        let (opaque, left) = tag.split_at_checked(end)?;
        rest = left;
        Some(Tag { opaque, weak })
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use imcaxy_shared::entry::Seq;
    use imcaxy_shared::testing::build;
    use imcaxy_shared::time::Timestamp;

    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn asked(method: Method, headers: &[(&str, &str)]) -> Form {
        formed(method, headers, Dates::Validate)
    }

    fn formed(method: Method, headers: &[(&str, &str)], dates: Dates) -> Form {
        let mut entry = build::entry("http://a.test/1.jpg", Seq::ZERO);
        entry.etag = "\"abc\"".to_owned();
        entry.size = 10;
        entry.created_at = Timestamp::from_millis(784_111_777_900);
        let request = headers
            .iter()
            .fold(Request::builder().method(method), |request, (name, value)| request.header(*name, *value));
        form(&request.body(()).unwrap().into_parts().0, &Current::of(&entry, dates))
    }

    fn get(headers: &[(&str, &str)]) -> Form {
        asked(Method::GET, headers)
    }

    #[test]
    fn tags_are_compared_weakly_to_know_a_picture_and_strongly_to_mean_it() {
        for (value, known, meant) in [
            ("\"abc\"", true, true),
            ("W/\"abc\"", true, false),
            ("\"x\", \"abc\"", true, true),
            ("\"x,y\" ,W/\"abc\"", true, false),
            ("*", true, true),
            ("\"ab\"", false, false),
            ("abc", false, false),
            ("", false, false),
            ("\"abc", false, false),
        ] {
            let expected = if known { Form::NotModified } else { Form::Whole };
            assert_eq!(get(&[("if-none-match", value)]), expected, "{value}");
            let expected = if meant { Form::Whole } else { Form::PreconditionFailed };
            assert_eq!(get(&[("if-match", value)]), expected, "{value}");
        }
        let twice = [("if-none-match", "\"x\""), ("if-none-match", "\"abc\"")];
        assert_eq!(get(&twice), Form::NotModified);
    }

    #[test]
    fn dates_count_only_without_tags_and_only_if_they_are_dates() {
        let (since, unmodified) = ("if-modified-since", "if-unmodified-since");
        for (headers, form) in [
            (&[(since, SAME)][..], Form::NotModified),
            (&[(since, AFTER)], Form::NotModified),
            (&[(since, BEFORE)], Form::Whole),
            (&[(since, "yesterday")], Form::Whole),
            (&[(since, SAME), (since, SAME)], Form::Whole),
            (&[(since, SAME), ("if-none-match", "\"x\"")], Form::Whole),
            (&[(unmodified, BEFORE)], Form::PreconditionFailed),
            (&[(unmodified, SAME)], Form::Whole),
            (&[(unmodified, "yesterday")], Form::Whole),
            (&[(unmodified, BEFORE), ("if-match", "\"abc\"")], Form::Whole),
            (&[("if-match", "\"x\""), ("if-none-match", "\"abc\"")], Form::PreconditionFailed),
            (&[("if-match", "\"abc\""), ("if-none-match", "\"abc\"")], Form::NotModified),
        ] {
            assert_eq!(get(headers), form, "{headers:?}");
            assert_eq!(asked(Method::HEAD, headers), form, "{headers:?}");
        }
    }

    #[test]
    fn of_a_picture_that_is_not_kept_only_tags_say_which_it_is() {
        let range = ("range", "bytes=2-4");
        for (headers, form) in [
            (&[("if-modified-since", SAME)][..], Form::Whole),
            (&[("if-modified-since", AFTER)], Form::Whole),
            (&[("if-unmodified-since", SAME)], Form::PreconditionFailed),
            (&[range, ("if-range", SAME)], Form::Whole),
            (&[range, ("if-range", "\"abc\"")], Form::Part(2..5)),
            (&[("if-none-match", "\"abc\"")], Form::NotModified),
            (&[("if-match", "\"x\"")], Form::PreconditionFailed),
        ] {
            for unkept in [Unkept::Private, Unkept::Unsteady, Unkept::Degraded] {
                assert_eq!(formed(Method::GET, headers, Dates::of(Some(unkept))), form, "{headers:?}");
            }
        }
        assert_eq!(Dates::of(None), Dates::Validate);
    }

    #[test]
    fn a_range_is_answered_if_it_continues_this_picture_and_only_to_get() {
        let range = ("range", "bytes=2-4");
        for (condition, form) in [
            (None, Form::Part(2..5)),
            (Some(("if-range", "\"abc\"")), Form::Part(2..5)),
            (Some(("if-range", SAME)), Form::Part(2..5)),
            (Some(("if-range", "W/\"abc\"")), Form::Whole),
            (Some(("if-range", "\"x\"")), Form::Whole),
            (Some(("if-range", "*")), Form::Whole),
            (Some(("if-range", AFTER)), Form::Whole),
            (Some(("if-range", BEFORE)), Form::Whole),
            (Some(("if-none-match", "\"abc\"")), Form::NotModified),
            (Some(("if-match", "\"x\"")), Form::PreconditionFailed),
        ] {
            let headers: Vec<_> = [range].into_iter().chain(condition).collect();
            assert_eq!(get(&headers), form, "{condition:?}");
        }
        assert_eq!(asked(Method::HEAD, &[range]), Form::Whole);
        assert_eq!(get(&[("range", "bytes=10-")]), Form::Beyond);
        assert_eq!(get(&[("range", "bytes=10-"), ("if-range", "\"x\"")]), Form::Whole);
    }
}
