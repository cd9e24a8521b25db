//! The fates of errors: what each way in which a job can end means for those who wait for it.

use std::any::Any;

use apalis_core::error::BoxDynError;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, JobKind};
use imcaxy_shared::ports::Claim;
use tower::timeout::error::Elapsed;

use crate::handlers::Outcome;

/// A handler panicked; the panic hook has logged where.
#[derive(Debug, thiserror::Error)]
#[error("the job panicked")]
pub(crate) struct Panicked;

/// What the layers made of a job.
pub(crate) fn outcome_of(claim: &Claim, ended: Result<Outcome, BoxDynError>) -> Outcome {
    let error = match ended {
        Ok(outcome) => return outcome,
        Err(error) => error,
    };
    tracing::error!(job = %claim.id, attempt = claim.attempt, cause = %error, "a job did not come to its end");
    let fail = |message: &str| Outcome::failed(claim.want, Failure::new(FailureCode::Internal, message));
    if error.is::<Panicked>() {
        fail("the job failed")
    } else if error.is::<Elapsed>() {
        fail("the job took too long")
    } else {
        // Panics are caught inside the task, so what remains is a runtime that shuts down.
        interrupted(claim)
    }
}

/// A job that was broken off because its worker ends.
pub(crate) fn interrupted(claim: &Claim) -> Outcome {
    Outcome::failed(claim.want, Failure::new(FailureCode::Unavailable, "the worker ended; ask again"))
}

/// A caught panic.
pub(crate) fn panicked(_payload: &Box<dyn Any + Send>) -> Panicked {
    Panicked
}

/// What those who wait are told of a failure; `None` for work that nobody waits for.
pub(crate) fn news(claim: &Claim, stamp: Seq, failure: Failure) -> Option<Announcement> {
    match JobKind::read(&claim.payload) {
        Ok(JobKind::Render(job)) => Some(Announcement {
            key: job.key,
            token: claim.token.clone(),
            stamp,
            sources: vec![job.source],
            outcome: Announced::Failed(failure),
        }),
        _ => None,
    }
}
