//! What is done for a job, one kind a file.

mod check;
mod delete;
mod delete_outdated;
mod discard;
mod housekeeping;
mod refresh;
mod render;
mod walk;

use std::sync::Arc;

use imcaxy_shared::jobs::{Delete, Failure, FailureCode, JobKind};
use imcaxy_shared::ports::{Ending, PortError};

use crate::Parts;
use crate::failure::{failed, of_store};
use crate::hold::Hold;

/// Does what a claim asks for.
pub(crate) async fn handle(parts: &Arc<Parts>, hold: &Hold) -> Ending {
    let claim = hold.claim();
    match JobKind::read(&claim.payload) {
        Ok(JobKind::Render(job)) => render::render(parts, hold, job).await,
        Ok(JobKind::Delete(Delete::Object { object })) => upkeep(hold, delete::delete(parts, &object).await),
        Ok(JobKind::Delete(Delete::Outdated(outdated))) => {
            upkeep(hold, delete_outdated::delete_outdated(parts, &outdated).await)
        }
        Ok(JobKind::Check(job)) => upkeep(hold, check::check_sources(parts, hold, &job).await),
        Ok(JobKind::Refresh(job)) => upkeep(hold, refresh::refresh_sources(parts, hold, &job).await),
        Ok(JobKind::Discard) => match discard::discard(parts).await {
            Ok(stamp) => Ending::done(stamp),
            Err(cause) => upkeep(hold, Err(cause)),
        },
        Ok(JobKind::Housekeeping(_)) => upkeep(hold, housekeeping::housekeeping(parts).await),
        Err(cause) => {
            tracing::error!(job = %claim.id, %cause, "a job cannot be read");
            failed(claim, FailureCode::Internal, "the job cannot be read")
        }
    }
}

/// How upkeep ended, which rests on no fetch.
fn upkeep(hold: &Hold, done: Result<(), PortError>) -> Ending {
    match done {
        Ok(()) => Ending::done(hold.claim().want),
        Err(cause) => {
            let Failure { code, message, .. } = of_store(&cause);
            failed(hold.claim(), code, &message)
        }
    }
}
