//! Who may administer.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, FORWARDED, HOST, HeaderMap, HeaderName};
use axum::http::{Request, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

use crate::Access;
use crate::error::{Code, Refused};
use crate::front::Front;

/// Headers that a proxy adds: a request that has one did not begin on this machine.
const FORWARDING: [HeaderName; 4] = [
    FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
];

/// Lets through who has the token. Without a configured one there is no administration except from the machine itself;
/// everybody else is told 404.
pub(super) async fn check(State(front): State<Front>, request: Request<Body>, next: Next) -> Response {
    let token = match &*front.access {
        Access::Token(token) => token,
        Access::RunToken(token) if is_loopback_request(request.headers(), request.uri()) => token,
        _ => return Refused::new(Code::NotFound, "there is no such call").into_response(),
    };
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    let token = token.reveal().as_bytes();
    if given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(token))) {
        next.run(request).await
    } else {
        Refused::new(Code::Unauthorized, "a bearer token is needed: Authorization: Bearer …").into_response()
    }
}

/// The scheme's name is case-insensitive (RFC 9110 §11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_loopback_request(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
    host.is_some_and(is_loopback_host) && !FORWARDING.iter().any(|name| headers.contains_key(name))
}

/// `localhost`, 127.0.0.0/8 or ::1, with or without a port.
fn is_loopback_host(host: &str) -> bool {
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_the_machine_itself() {
        for (host, own) in [
            ("localhost:8080", true),
            ("LOCALHOST", true),
            ("127.0.0.1:8080", true),
            ("127.9.9.9", true),
            ("[::1]:8080", true),
            ("localhost.evil.test", false),
            ("127.0.0.1.evil.test", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_loopback_host(host), own, "{host}");
        }
    }

    #[test]
    fn a_forwarded_request_is_not_from_the_machine_itself() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "127.0.0.1".parse().unwrap());
        assert!(is_loopback_request(&headers, &Uri::from_static("/")));
        headers.insert("x-forwarded-for", "1.2.3.4".parse().unwrap());
        assert!(!is_loopback_request(&headers, &Uri::from_static("/")));
    }

    #[test]
    fn the_scheme_of_a_token_is_case_insensitive() {
        assert_eq!(bearer("bearer abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }
}
