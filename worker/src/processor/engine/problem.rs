//! Why the engine makes nothing of a source, as those who wait are told.

use imcaxy_shared::jobs::{Failure, FailureCode};

/// The source is no picture of its type, or a broken one.
pub(super) fn broken(format: &str, cause: impl std::fmt::Display) -> Failure {
    Failure::new(FailureCode::NotAnImage, format!("the source cannot be decoded as {format}: {cause}"))
}

/// What is asked for does not fit the source.
pub(super) fn unfit(message: impl Into<String>) -> Failure {
    Failure::new(FailureCode::BadParameter, message)
}

/// The engine lacks it.
pub(super) fn lacking(what: &str) -> Failure {
    let message = format!("the built-in engine lacks {what}; it needs imaginary (imaginary.url)");
    Failure::new(FailureCode::NotImplemented, message)
}

/// Rules of this process do not hold.
pub(super) fn internal(message: &str) -> Failure {
    tracing::error!("{message}");
    Failure::new(FailureCode::Internal, message)
}
