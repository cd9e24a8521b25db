//! Queries of calls: what is unknown is refused, so that nobody believes it does something.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::Uri;
use imcaxy_shared::causes::causes;

use crate::error::{Code, Refused};

/// The query of a call; `allowed` names its parameters for who has given others.
pub(super) fn read<Q>(query: Result<Query<Q>, QueryRejection>, allowed: &str) -> Result<Q, Refused> {
    // What lies deepest names the parameter, and no part of this program.
    let problem = |cause: QueryRejection| causes(&cause).pop().unwrap_or_else(|| cause.body_text());
    query
        .map(|Query(query)| query)
        .map_err(|cause| wrong(format!("{}; {allowed} are allowed", problem(cause))))
}

/// Refuses any parameter of a call that has none.
pub(super) fn none(uri: &Uri) -> Result<(), Refused> {
    match uri.query().filter(|query| !query.is_empty()) {
        Some(_) => Err(wrong("this call has no parameters")),
        None => Ok(()),
    }
}

/// A parameter that does not say what it may.
pub(super) fn wrong(message: impl Into<String>) -> Refused {
    Refused::new(Code::BadQuery, message)
}
