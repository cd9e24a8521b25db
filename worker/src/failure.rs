//! The fates of errors: what each way in which a job can end means for those who wait for it.

use std::any::Any;

use apalis_core::error::BoxDynError;
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, JobKind};
use imcaxy_shared::ports::Claim;
use tower::timeout::error::Elapsed;

use crate::handlers::Outcome;

/// How a handler ended, on its way through the layers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    /// It came to its end.
    #[error("the job was handled")]
    Handled(Outcome),
    /// It panicked; the panic hook has logged where.
    #[error("the job panicked")]
    Panicked,
}

/// What the layers made of a job.
pub(crate) fn outcome_of(claim: &Claim, ended: Result<(), BoxDynError>) -> Outcome {
    let Err(error) = ended else { return Outcome::done(claim.want) };
    let fail = |message: &str| Outcome::failed(claim.want, Failure::new(FailureCode::Internal, message));
    match error.downcast::<Ended>().map(|ended| *ended) {
        Ok(Ended::Handled(outcome)) => outcome,
        Ok(Ended::Panicked) => fail("the job failed"),
        Err(other) if other.is::<Elapsed>() => fail("the job took too long"),
        Err(other) => {
            // Panics are caught inside the task, so what remains is a runtime that shuts down.
            tracing::error!(job = %claim.id, cause = %other, "a job was broken off");
            interrupted(claim)
        }
    }
}

/// A job that was broken off because its worker ends.
pub(crate) fn interrupted(claim: &Claim) -> Outcome {
    Outcome::failed(claim.want, Failure::new(FailureCode::Unavailable, "the worker ended; ask again"))
}

/// A caught panic.
pub(crate) fn panicked(_payload: &Box<dyn Any + Send>) -> Ended {
    Ended::Panicked
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
