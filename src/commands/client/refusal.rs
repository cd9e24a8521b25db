//! What the refusals of a server mean to whoever runs a command, and what to do about them.

use imcaxy_shared::config::{BaseUrl, ConfigError};
use reqwest::StatusCode;
use serde_json::Value;

use super::token::Token;
use crate::stop::Stop;

/// Nobody answered.
pub(super) fn unreachable(base: &BaseUrl, cause: &str) -> Stop {
    told(format!(
        "{base} does not answer: {cause}; is a server running there? --server or IMCAXY_SERVER names another"
    ))
}

/// Somebody answered something else than what was asked for; `body` is what was told, if it was JSON.
pub(super) fn refused(status: StatusCode, body: Option<&Value>, base: &BaseUrl, token: &Token) -> Stop {
    let Some(message) = body.and_then(|told| told["message"].as_str()) else {
        return told(format!(
            "{base} answers {status} and not as Imcaxy does; --server or IMCAXY_SERVER names another"
        ));
    };
    match status {
        StatusCode::BAD_REQUEST => Stop::Configuration(ConfigError::new(message)),
        StatusCode::UNAUTHORIZED => told(format!("{base}: {}", unauthorized(token))),
        StatusCode::FORBIDDEN => told(format!("{base}: {message}; --token or IMCAXY_TOKEN gives another")),
        StatusCode::NOT_FOUND => told(format!(
            "{base} does not answer the administration here, or is too old for this command: it answers it on admin.listen if \
             that is set; and without admin.token only on a loopback address, and only to this machine"
        )),
        _ => told(format!("{base} answers {status}: {message}")),
    }
}

fn unauthorized(token: &Token) -> String {
    match token {
        Token::Named(name, _) => format!("the token of {name} is none of this server's"),
        Token::Configured(token) => format!(
            "the configured token {} is none of this server's; --token or IMCAXY_TOKEN gives another",
            token.name
        ),
        Token::OfRun(file, _) => format!(
            "the token in {file} is not of this server's run: the server that was started last with that data_dir has \
             written it; --token or IMCAXY_TOKEN gives another"
        ),
        Token::Missing(file) => format!(
            "a token is needed: --token, IMCAXY_TOKEN, admin.token of the configuration or, of a server on this machine that \
             has none configured, the file {file} (data_dir says where)"
        ),
    }
}

fn told(sentence: String) -> Stop {
    Stop::Told(Some(sentence))
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::config::Secret;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_status_says_what_to_do() {
        let base = "http://127.0.0.1:8080".parse().unwrap();
        let token = Token::Named("--token", Secret::from("s3cret".to_owned()));
        let body = json!({ "message": "token ci has scope read; needed is admin" });
        for (status, body, usage, said) in [
            (StatusCode::BAD_REQUEST, Some(&body), true, "needed is admin"),
            (StatusCode::UNAUTHORIZED, Some(&body), false, "the token of --token is none of this server's"),
            (StatusCode::FORBIDDEN, Some(&body), false, "needed is admin; --token or IMCAXY_TOKEN"),
            (StatusCode::NOT_FOUND, Some(&body), false, "admin.listen"),
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Some(&body),
                false,
                "answers 503 Service Unavailable: token ci",
            ),
            (StatusCode::OK, None, false, "not as Imcaxy does"),
            (StatusCode::NOT_FOUND, None, false, "not as Imcaxy does"),
        ] {
            let (is_usage, sentence) = match refused(status, body, &base, &token) {
                Stop::Configuration(problem) => (true, problem.to_string()),
                Stop::Told(sentence) => (false, sentence.unwrap_or_default()),
                Stop::Failed(cause) => panic!("{cause}"),
            };
            assert!(is_usage == usage && sentence.contains(said), "{status}: {sentence}");
            assert!(!sentence.contains("s3cret"));
        }
    }
}
