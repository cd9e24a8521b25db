//! The administration, below `/api/v1`.

mod access;
mod explain;
mod imaginary;
mod in_flight;
mod list;
mod query;
mod settings;
mod sources;
mod variants;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, get};
use imcaxy_shared::config::Scope;

use crate::front::{Front, no_such_call, wrong_method};
use access::{identify, needs};

pub use access::Access;
pub(crate) use access::{Actor, Administrators};

/// All calls stand behind the question who asks, and each says what a token for it needs.
pub(crate) fn router(front: Front) -> Router<Front> {
    let who = from_fn_with_state(front, identify);
    let calls = Router::new()
        .route("/explain", needs(Scope::Read, get(explain::explain)))
        .route("/imaginary", needs(Scope::Read, get(imaginary::imaginary)))
        .route("/in-flight", needs(Scope::Read, get(in_flight::in_flight)))
        .route("/settings", needs(Scope::Read, get(settings::settings)))
        .route("/sources", needs(Scope::Read, get(sources::sources)))
        .route("/sources/one", needs(Scope::Read, get(sources::one)))
        .route("/variants", needs(Scope::Read, get(variants::variants)))
        .fallback(no_such_call)
        .method_not_allowed_fallback(wrong_method)
        .layer(who.clone());
    below(calls, any(no_such_call).layer(who))
}

/// What is below `/api/v1` where the administration is not answered.
pub(crate) fn nowhere() -> Router<Front> {
    below(Router::new().fallback(no_such_call), any(no_such_call))
}

/// Nesting takes the prefix and what is below its slash, but not the slash alone.
fn below(calls: Router<Front>, slash: MethodRouter<Front>) -> Router<Front> {
    Router::new().nest("/api/v1", calls).route("/api/v1/", slash)
}
