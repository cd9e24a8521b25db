//! Asking an origin whether a source has changed, one hop at a time.

use imcaxy_shared::entry::{Digest, Validator};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::SourceUrl;
use reqwest::header::{
    HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::{Bound, Origin, body, redirect};

/// What one request to an origin told of a source.
pub(crate) enum Told {
    /// It has the version that was asked about.
    Unchanged,
    /// All of its bytes, of which nothing is kept but their digest.
    Bytes(Digest),
    /// Another place to ask, not yet checked.
    Moved(SourceUrl),
    /// There is no such source: 404 or 410.
    Absent,
    /// Nothing that says anything of it, or it may not be asked.
    Nothing(Failure),
    /// Nobody answered.
    Silence(Failure),
}

impl Origin {
    /// Asks for a source unless it is the version `known`, after checking that it may be asked, and reads no more of a body than `bound`.
    pub(crate) async fn ask(&self, source: &SourceUrl, known: Option<&Validator>, bound: Bound) -> Told {
        let conditions = known.map(conditions).unwrap_or_default();
        let known = known.filter(|_| !conditions.is_empty());
        let (url, answer) = match self.send(source, conditions).await {
            Ok(sent) => sent,
            Err(failure) if failure.code == FailureCode::SourceForbidden => return Told::Nothing(failure),
            Err(failure) => return Told::Silence(failure),
        };
        match (answer.status(), known) {
            (StatusCode::NOT_MODIFIED, Some(known)) if is_another(known, answer.headers()) => {
                Box::pin(self.ask(source, None, bound)).await
            }
            (StatusCode::NOT_MODIFIED, Some(_)) => Told::Unchanged,
            _ => told(&url, answer, bound).await,
        }
    }
}

/// What an answer says that has a body or leads elsewhere.
async fn told(url: &Url, answer: Response, bound: Bound) -> Told {
    match answer.status() {
        StatusCode::OK => match body::read(answer, bound).await {
            Ok(digest) => Told::Bytes(digest),
            Err(failure) => Told::Nothing(failure),
        },
        status if status.is_redirection() && answer.headers().contains_key(LOCATION) => {
            match redirect(url, &answer) {
                Ok(next) => Told::Moved(next),
                Err(failure) => Told::Nothing(failure),
            }
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => Told::Absent,
        status => Told::Nothing(super::failed(&format!("the source answered {status}"))),
    }
}

/// Whether a 304 is about another version. Who is asked by a date alone answers it for every file that is not newer (RFC 9110 §13.1.3), also
/// for an older one that was put back.
fn is_another(known: &Validator, headers: &HeaderMap) -> bool {
    let told = headers.get(LAST_MODIFIED).and_then(|value| value.to_str().ok());
    known.etag.is_none() && told.is_some() && told != known.last_modified.as_deref()
}

/// Both where there are both: who knows tags does not look at the date (RFC 9110 §13.1.3).
fn conditions(known: &Validator) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &Option<String>| {
        let value = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
        headers.extend(value.map(|value| (name, value)));
    };
    add(IF_NONE_MATCH, &known.etag);
    add(IF_MODIFIED_SINCE, &known.last_modified);
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_asked_about() {
        let text = |text: &str| Some(text.to_owned());
        for (etag, last_modified, asked) in [
            (text("\"x\""), text("Mon, 01 Jan 2024 12:00:00 GMT"), 2),
            (text("W/\"x\""), None, 1),
            (None, text("Mon, 01 Jan 2024 12:00:00 GMT"), 1),
            (None, None, 0),
            (text("\"\n\""), None, 0),
        ] {
            let known = Validator { etag, last_modified, ..Validator::default() };
            assert_eq!(conditions(&known).len(), asked, "{known:?}");
        }
    }

    #[test]
    fn an_answer_that_dates_what_it_has_otherwise_is_about_another_version() {
        let (old, new) = ("Mon, 01 Jan 2024 12:00:00 GMT", "Tue, 02 Jan 2024 12:00:00 GMT");
        for (etag, told, expected) in [
            (None, Some(old), true),
            (None, Some(new), false),
            (None, None, false),
            // Tags say more than dates.
            (Some("\"x\""), Some(old), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(told.map(|told| (LAST_MODIFIED, told.parse().unwrap())));
            let etag = etag.map(str::to_owned);
            let known = Validator { etag, last_modified: Some(new.to_owned()), ..Validator::default() };
            assert_eq!(is_another(&known, &headers), expected, "{told:?}");
        }
    }
}
