//! Asking an origin whether a source has changed, one hop at a time.

use imcaxy_shared::entry::{Digest, Validator};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::SourceUrl;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION};

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
        let is_conditional = !conditions.is_empty();
        let (url, answer) = match self.send(source, conditions).await {
            Ok(sent) => sent,
            Err(failure) if failure.code == FailureCode::SourceForbidden => return Told::Nothing(failure),
            Err(failure) => return Told::Silence(failure),
        };
        match answer.status() {
            StatusCode::NOT_MODIFIED if is_conditional => Told::Unchanged,
            StatusCode::OK => match body::read(answer, bound).await {
                Ok(digest) => Told::Bytes(digest),
                Err(failure) => Told::Nothing(failure),
            },
            status if status.is_redirection() && answer.headers().contains_key(LOCATION) => {
                match redirect(&url, &answer) {
                    Ok(next) => Told::Moved(next),
                    Err(failure) => Told::Nothing(failure),
                }
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => Told::Absent,
            status => Told::Nothing(super::failed(&format!("the source answered {status}"))),
        }
    }
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
}
