//! What an origin's answer says of the version of its body.

use std::time::Duration;

use imcaxy_shared::entry::Validator;
use reqwest::header::{DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};

/// The longest validator that is kept: it stands in a document that every hit reads.
const LONGEST_VALIDATOR: usize = 1024;
/// How much older than the answer a version is at least that its date tells from others (RFC 9110 §8.8.2.2): dates count whole seconds, and what
/// was changed in this one may be changed once more in it.
const SETTLED: Duration = Duration::from_secs(1);

/// What tells this version from others.
pub(super) fn validator(headers: &HeaderMap) -> Validator {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let short = |value: &&str| value.len() <= LONGEST_VALIDATOR;
    let etag = header(ETAG).filter(short).map(str::to_owned);
    let settled = |changed: &&str| is_settled(changed, header(DATE));
    let last_modified = header(LAST_MODIFIED).filter(short).filter(settled).map(str::to_owned);
    Validator { etag, last_modified, ..Validator::default() }
}

fn is_settled(changed: &str, answered: Option<&str>) -> bool {
    let read = |date: &str| httpdate::parse_http_date(date).ok();
    let (Some(changed), Some(answered)) = (read(changed), answered.and_then(read)) else { return false };
    answered.duration_since(changed).is_ok_and(|age| age >= SETTLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_tells_versions_apart_a_second_later() {
        let date = |seconds: u32| format!("Mon, 01 Jan 2024 12:00:{seconds:02} GMT");
        for (answered, known) in
            [(Some(date(6)), true), (Some(date(5)), false), (Some(date(4)), false), (None, false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(LAST_MODIFIED, date(5).parse().unwrap());
            headers.insert(ETAG, "\"x\"".parse().unwrap());
            headers.extend(answered.clone().map(|answered| (DATE, answered.parse().unwrap())));
            let validator = validator(&headers);
            assert_eq!(validator.last_modified.is_some(), known, "{answered:?}");
            assert_eq!(validator.etag.as_deref(), Some("\"x\""));
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, format!("\"{}\"", "x".repeat(LONGEST_VALIDATOR)).parse().unwrap());
        assert_eq!(validator(&headers).etag, None);
    }
}
