//! What an answer of imaginary says about how it was started.

use serde::Deserialize;

use super::super::{Answer, NoAnswer};

/// Why a picture was not rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The operation is switched off.
    Disabled,
    /// It was not signed as it should be.
    Signature,
    /// The key is not the one.
    Key,
    /// It throttles.
    Throttled,
    /// The source has too many pixels for it.
    TooManyPixels,
    /// Anything else, in its words.
    Otherwise(String),
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

/// Reads an answer; nothing where it is the picture that was asked for.
pub(super) fn refusal(answered: &Result<Answer, NoAnswer>) -> Option<Said> {
    let answer = match answered {
        Ok(answer) => answer,
        Err(cause) => return Some(Said::Otherwise(cause.to_string())),
    };
    let told = answer.error.as_ref().map_or(&answer.body[..], |error| error.as_bytes());
    let message = serde_json::from_slice::<Message>(told).map_or_else(|_| String::new(), |told| told.message);
    Some(match (answer.status, message.as_str()) {
        (200, _) if answer.error.is_none() && !answer.body.is_empty() => return None,
        (401, _) => Said::Key,
        (403, _) | (400, "Invalid URL signature") => Said::Signature,
        (429, _) => Said::Throttled,
        (422, message) if message.contains("resolution") => Said::TooManyPixels,
        (501, _) => Said::Disabled,
        (status, message) => Said::Otherwise(format!("{status} {message}").trim_end().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Answer, NoAnswer> {
        Ok(Answer { status, body: Bytes::copy_from_slice(body.as_bytes()), ..Answer::default() })
    }

    #[test]
    fn each_refusal_is_told_apart() {
        let other = |said: &str| Some(Said::Otherwise(said.to_owned()));
        for (status, body, expected) in [
            (200, "picture", None),
            (200, "", other("200")),
            (401, r#"{"message":"Invalid or missing API key","status":401}"#, Some(Said::Key)),
            (403, r#"{"message":"URL signature mismatch","status":403}"#, Some(Said::Signature)),
            (400, r#"{"message":"Invalid URL signature","status":400}"#, Some(Said::Signature)),
            (400, r#"{"message":"bad","status":400}"#, other("400 bad")),
            (422, r#"{"message":"Image resolution is too big","status":422}"#, Some(Said::TooManyPixels)),
            (429, "limit exceeded\n", Some(Said::Throttled)),
            (501, r#"{"message":"Not implemented endpoint","status":501}"#, Some(Said::Disabled)),
            (404, "404 page not found", other("404")),
        ] {
            assert_eq!(refusal(&answer(status, body)), expected, "{status} {body}");
        }
        let placeholder = Answer {
            error: Some(r#"{"message":"Unsupported media type","status":406}"#.to_owned()),
            ..answer(200, "picture").unwrap()
        };
        assert_eq!(refusal(&Ok(placeholder)), other("200 Unsupported media type"));
        assert_eq!(refusal(&Err(NoAnswer::Slow)), other("it took too long"));
    }
}
