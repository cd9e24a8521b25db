//! The fates of errors: what each way in which a job can end means for those who wait for it.

use std::any::Any;
use std::time::Duration;

use apalis_core::error::BoxDynError;
use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::jobs::{Failure, FailureCode, JobKind, Priority};
use imcaxy_shared::ports::{Claim, Ended, Ending};
use tower::timeout::error::Elapsed;

/// How often upkeep is tried before it counts as dead.
const MOST_ATTEMPTS: u32 = 8;
/// The delays between its tries.
const RETRIES: Backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(300) };

/// What becomes of a job whose attempt has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done.
    Done,
    /// It failed, and those who wait are told: a request is never kept waiting for a later try.
    Failed,
    /// Upkeep that failed in passing: it is tried again after this delay.
    Retry(Duration),
    /// Upkeep that has failed for good, or too often.
    Dead,
}

/// Decides the fate of a job. `random` is from 0 to 1.
pub(crate) fn fate(claim: &Claim, ended: &Ended, random: f64) -> Fate {
    match (ended, claim.priority) {
        (Ended::Done, _) => Fate::Done,
        (Ended::Failed(_), Priority::Request) => Fate::Failed,
        (Ended::Failed(failure), Priority::Upkeep) => {
            if passes(failure.code) && claim.attempt < MOST_ATTEMPTS {
                Fate::Retry(RETRIES.spread(claim.attempt.saturating_sub(1), random))
            } else {
                Fate::Dead
            }
        }
    }
}

/// Whether a later try may end otherwise.
const fn passes(code: FailureCode) -> bool {
    use FailureCode as F;
    match code {
        F::SourceFailed | F::ImaginaryFailed | F::Unavailable | F::Internal => true,
        F::SourceForbidden
        | F::SourceGone
        | F::SourceTooLarge
        | F::UnsupportedType
        | F::NotAnImage
        | F::ImaginaryRefused(_) => false,
    }
}

/// A handler panicked; the panic hook has logged where.
#[derive(Debug, thiserror::Error)]
#[error("the job panicked")]
pub(crate) struct Panicked;

/// What the layers made of a job.
pub(crate) fn outcome_of(claim: &Claim, ended: Result<Ending, BoxDynError>) -> Ending {
    let error = match ended {
        Ok(ending) => return ending,
        Err(error) => error,
    };
    tracing::error!(job = %claim.id, attempt = claim.attempt, cause = %error, "a job did not come to its end");
    if error.is::<Panicked>() {
        failed(claim, FailureCode::Internal, "the job failed")
    } else if error.is::<Elapsed>() {
        failed(claim, FailureCode::Internal, "the job took too long")
    } else {
        // Panics are caught inside the task, so what remains is a runtime that shuts down.
        interrupted(claim)
    }
}

/// A job that was broken off because its worker ends.
pub(crate) fn interrupted(claim: &Claim) -> Ending {
    failed(claim, FailureCode::Unavailable, "the worker ended; ask again")
}

/// A job that failed before anything was fetched, or nobody knows what.
pub(crate) fn failed(claim: &Claim, code: FailureCode, message: &str) -> Ending {
    let sources = match JobKind::read(&claim.payload) {
        Ok(JobKind::Render(job)) => vec![job.source],
        _ => Vec::new(),
    };
    Ending { ended: Ended::Failed(Failure::new(code, message)), stamp: claim.want, sources }
}

/// A caught panic.
pub(crate) fn panicked(_payload: &Box<dyn Any + Send>) -> Panicked {
    Panicked
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::entry::Seq;
    use imcaxy_shared::jobs::{JobId, Token};
    use imcaxy_shared::time::Timestamp;

    fn claim(priority: Priority, attempt: u32) -> Claim {
        Claim {
            id: JobId::housekeeping(1),
            token: Token::new(1),
            want: Seq::ZERO,
            attempt,
            payload: String::new(),
            origin: String::new(),
            priority,
            lost: 0,
            queued_at: Timestamp::from_millis(0),
        }
    }

    fn ended(code: FailureCode) -> Ended {
        Ended::Failed(Failure::new(code, "so it is"))
    }

    #[test]
    fn a_request_is_told_at_once_whatever_failed() {
        for code in [FailureCode::SourceFailed, FailureCode::SourceGone] {
            assert_eq!(fate(&claim(Priority::Request, 1), &ended(code), 0.5), Fate::Failed);
        }
    }

    #[test]
    fn upkeep_is_tried_again_with_growing_delays_until_it_is_dead() {
        let fates: Vec<Fate> = (1..=8)
            .map(|attempt| fate(&claim(Priority::Upkeep, attempt), &ended(FailureCode::Unavailable), 1.0))
            .collect();
        let delays = [2, 4, 8, 16, 32, 64, 128].map(|seconds| Fate::Retry(Duration::from_secs(seconds)));
        assert_eq!(fates[..7], delays);
        assert_eq!(fates[7], Fate::Dead);
    }

    #[test]
    fn upkeep_that_failed_for_good_is_dead_at_once() {
        assert_eq!(fate(&claim(Priority::Upkeep, 1), &ended(FailureCode::SourceGone), 0.5), Fate::Dead);
    }
}
