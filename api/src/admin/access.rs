//! Who may administer, and how much.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::http::header::{AUTHORIZATION, FORWARDED, HOST, HeaderMap, HeaderName, VIA};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use imcaxy_shared::config::{NamedToken, Scope, Secret};

use crate::error::{Code, Refused};
use crate::front::Front;
use crate::secrets::Secrets;

/// Headers that a proxy adds: a request that has one did not begin on this machine.
const FORWARDING: [HeaderName; 5] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("cf-connecting-ip"),
    HeaderName::from_static("true-client-ip"),
];
/// How others of them begin.
const FORWARDED_THINGS: &str = "x-forwarded-";

/// Who may administer on the listener that answers the administration.
pub enum Access {
    /// Who has one of the configured tokens, from anywhere.
    Tokens(Vec<NamedToken>),
    /// None is configured and the listener is loopback: the machine itself, with the token that was made for this run.
    RunToken(Secret),
    /// None is configured, and others than the machine itself can reach the listener.
    Nobody,
}

/// Whose request it is.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    name: Arc<str>,
    scope: Scope,
}

impl Actor {
    /// The name of the token.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the token is enough for what needs `scope`.
    pub(crate) fn may(&self, scope: Scope) -> Result<(), Refused> {
        if self.scope >= scope {
            return Ok(());
        }
        let message = format!("token {} has scope {}; needed is {scope}", self.name, self.scope);
        Err(Refused::new(Code::Forbidden, message))
    }
}

/// What requests are compared with.
pub(crate) struct Administrators {
    secrets: Secrets,
    actors: Vec<Actor>,
    /// Whether others than the machine itself are told that there is no administration.
    only_this_machine: bool,
}

impl Administrators {
    pub(crate) fn of(access: Access) -> Self {
        let (tokens, only_this_machine) = match access {
            Access::Tokens(tokens) => (tokens, false),
            Access::RunToken(secret) => {
                (vec![NamedToken { name: "run-token".to_owned(), scope: Scope::Admin, secret }], true)
            }
            Access::Nobody => (Vec::new(), true),
        };
        let actor = |token: &NamedToken| Actor { name: token.name.as_str().into(), scope: token.scope };
        Self {
            secrets: Secrets::of(tokens.iter().map(|token| &token.secret)),
            actors: tokens.iter().map(actor).collect(),
            only_this_machine,
        }
    }

    fn identify(&self, headers: &HeaderMap, uri: &Uri) -> Result<Actor, Refused> {
        if self.actors.is_empty() || (self.only_this_machine && !is_loopback_request(headers, uri)) {
            return Err(Refused::no_such_call());
        }
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
        let place = given.and_then(|given| self.secrets.position(given.as_bytes()));
        place.and_then(|place| self.actors.get(place)).cloned().ok_or_else(|| {
            let wrong = match given {
                Some(_) => "the bearer token is none of those that are known here",
                None => "a bearer token is needed: Authorization: Bearer …",
            };
            Refused::new(Code::Unauthorized, wrong)
        })
    }
}

/// Lets through who has a token, whatever is asked for, so that nobody else learns what there is. Without a configured one
/// there is no administration except from the machine itself; everybody else is told 404.
pub(super) async fn identify(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    match front.administrators.identify(request.headers(), request.uri()) {
        Err(refused) => refused.into_response(),
        Ok(actor) => {
            request.extensions_mut().insert(actor.clone());
            let mut response = next.run(request).await;
            // For the log.
            response.extensions_mut().insert(actor);
            response
        }
    }
}

/// The methods of a route, for whose token has `scope`.
pub(super) fn needs(scope: Scope, methods: MethodRouter<Front>) -> MethodRouter<Front> {
    methods.route_layer(from_fn(
        move |Extension(actor): Extension<Actor>, request: Request, next: Next| async move {
            match actor.may(scope) {
                Ok(()) => next.run(request).await,
                Err(refused) => refused.into_response(),
            }
        },
    ))
}

/// The scheme's name is case-insensitive (RFC 9110 §11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_loopback_request(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = host.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
    host.is_some_and(is_loopback_host) && !headers.keys().any(is_forwarding)
}

fn is_forwarding(name: &HeaderName) -> bool {
    FORWARDING.contains(name) || name.as_str().starts_with(FORWARDED_THINGS)
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
        for name in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-anything",
            "x-real-ip",
            "cf-connecting-ip",
            "true-client-ip",
        ] {
            let mut forwarded = headers.clone();
            forwarded.insert(HeaderName::from_static(name), "1.2.3.4".parse().unwrap());
            assert!(!is_loopback_request(&forwarded, &Uri::from_static("/")), "{name}");
        }
    }

    #[test]
    fn the_scheme_of_a_token_is_case_insensitive() {
        assert_eq!(bearer("bearer abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }

    #[test]
    fn a_scope_is_enough_for_itself_and_those_before_it() {
        let actor = Actor { name: "ci".into(), scope: Scope::Revalidate };
        assert!(actor.may(Scope::Read).is_ok() && actor.may(Scope::Revalidate).is_ok());
        assert!(actor.may(Scope::PurgeAll).is_err() && actor.may(Scope::Admin).is_err());
    }

    #[tokio::test]
    async fn a_route_is_for_whose_token_has_its_scope() {
        use axum::routing::{get, post};
        use tower::ServiceExt as _;

        let named = |name: &str, scope, secret: &str| NamedToken {
            name: name.to_owned(),
            scope,
            secret: Secret::from(secret.to_owned()),
        };
        let tokens = vec![named("reader", Scope::Read, "r"), named("purger", Scope::PurgeAll, "p")];
        let administrators = Arc::new(Administrators::of(Access::Tokens(tokens)));
        let (app, samples) = (Arc::default(), Default::default());
        let front = Front { app, administrators, samples, settings: Arc::default() };
        let route =
            needs(Scope::Read, get(async || "read")).merge(needs(Scope::PurgeAll, post(async || "purged")));
        let router = axum::Router::new()
            .route("/all", route)
            .layer(axum::middleware::from_fn_with_state(front.clone(), identify))
            .with_state(front);
        for (method, token, status) in [
            ("GET", "r", 200),
            ("HEAD", "r", 200),
            ("POST", "r", 403),
            ("DELETE", "r", 405),
            ("POST", "p", 200),
            ("GET", "p", 200),
            ("GET", "x", 401),
        ] {
            let asked = Request::builder()
                .method(method)
                .uri("/all")
                .header(AUTHORIZATION, format!("Bearer {token}"));
            let answer =
                router.clone().oneshot(asked.body(axum::body::Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {token}");
        }
    }
}
