//! The administration, below `/api/v1`.

mod access;
mod audit;
mod blocks;
mod commit;
mod explain;
mod imaginary;
mod in_flight;
mod list;
mod query;
mod revalidate;
mod revalidations;
mod settings;
mod sources;
mod variants;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, any, delete, get, post};
use imcaxy_shared::config::Scope;

use crate::front::{Front, no_such_call, wrong_method};
use access::{identify, needs};
use audit::audited;

pub use access::Access;
pub(crate) use access::{Actor, Administrators};
pub(crate) use revalidate::{LONGEST_WAIT, MOST_URLS};

/// All calls stand behind the question who asks, and each says what a token for it needs.
pub(crate) fn router(front: Front) -> Router<Front> {
    let who = from_fn_with_state(front.clone(), identify);
    // What these need depends on what they are about, and is asked when that is known, which the audit tells.
    let revalidate = post(revalidate::revalidate).layer(DefaultBodyLimit::max(revalidate::MOST_BODY));
    let revalidate = audited(front.clone(), "revalidate", revalidate)
        .layer(from_fn_with_state(front.clone(), revalidate::ended));
    let calls = Router::new()
        .route("/audit", needs(Scope::Read, get(audit::audit)))
        .route(
            "/blocks",
            needs(Scope::Read, get(blocks::blocks)).merge(audited(front, "unblock", delete(blocks::unblock))),
        )
        .route("/explain", needs(Scope::Read, get(explain::explain)))
        .route("/imaginary", needs(Scope::Read, get(imaginary::imaginary)))
        .route("/in-flight", needs(Scope::Read, get(in_flight::in_flight)))
        .route("/revalidate", revalidate)
        .route("/revalidations", needs(Scope::Read, get(revalidations::revalidations)))
        .route("/revalidations/{id}", needs(Scope::Read, get(revalidations::revalidation)))
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
