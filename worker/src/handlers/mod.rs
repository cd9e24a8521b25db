//! What is done for a job, one kind a file.

mod delete;
mod housekeeping;
mod render;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Failure, FailureCode, JobKind};
use imcaxy_shared::ports::{Claim, Ended, PortError};

use crate::Parts;

/// How a handler ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The smallest stamp of what it fetched.
    pub stamp: Seq,
    /// Done, or why not.
    pub ended: Ended,
}

impl Outcome {
    /// A job that failed with what it had fetched at `stamp`.
    pub(crate) const fn failed(stamp: Seq, failure: Failure) -> Self {
        Self { stamp, ended: Ended::Failed(failure) }
    }

    /// A job that did what it was for.
    pub(crate) const fn done(stamp: Seq) -> Self {
        Self { stamp, ended: Ended::Done }
    }
}

/// Does what a claim asks for.
pub(crate) async fn handle(parts: &Parts, claim: &Claim) -> Outcome {
    match JobKind::read(&claim.payload) {
        Ok(JobKind::Render(job)) => render::render(parts, claim, job).await,
        Ok(JobKind::Delete(job)) => delete::delete(parts, claim, &job).await,
        Ok(JobKind::Housekeeping(job)) => housekeeping::housekeeping(parts, claim, &job).await,
        Err(cause) => {
            tracing::error!(job = %claim.id, %cause, "a job cannot be read");
            Outcome::failed(claim.want, Failure::new(FailureCode::Internal, "the job cannot be read"))
        }
    }
}

/// What those who wait are told when a store is away.
pub(crate) fn unavailable(cause: &PortError) -> Failure {
    tracing::warn!(%cause, "a job met a store that is away");
    Failure::new(FailureCode::Unavailable, "a store is away")
}
