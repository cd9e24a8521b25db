//! The fates of errors: what each way in which a job can end means for those who wait for it.

use std::any::Any;
use std::error::Error;
use std::time::Duration;

use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::entry::{Failure, FailureCode};
use imcaxy_shared::jobs::{JobKind, Priority};
use imcaxy_shared::ports::{Claim, End, Ended, Ending, PortError, Trouble};
use tower::timeout::error::Elapsed;

/// How often upkeep is tried before it counts as dead.
const MOST_ATTEMPTS: u32 = 8;
/// The delays between its tries.
const RETRIES: Backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(300) };
/// The same of working off discards, which pile up meanwhile.
const RETRIES_OF_DISCARDS: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5) };

/// What becomes of a job whose attempt has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate<'a> {
    /// Upkeep that failed in passing: it is tried again after this delay.
    Retry(Duration),
    /// It is over. A request that failed is told so at once; upkeep that failed for good, or too often, is dead.
    Ends(End<'a>),
}

/// What kind of job it is, as far as its fate depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A render, for those who wait or for those who will ask.
    Render,
    /// Working off discards.
    Discard,
    /// Everything else.
    Upkeep,
}

impl Kind {
    pub(crate) fn of(claim: &Claim) -> Self {
        match JobKind::read(&claim.payload) {
            Ok(JobKind::Render(_)) => Self::Render,
            Ok(JobKind::Discard) => Self::Discard,
            Ok(_) => Self::Upkeep,
            // Somebody else's, as far as can be told by what it was put in the queue with.
            Err(_) if claim.priority == Priority::Request => Self::Render,
            Err(_) => Self::Upkeep,
        }
    }
}

/// Decides the fate of a job that was taken `attempt` times. `random` is from 0 to 1.
///
/// A render is never tried again under its claim, though nobody waits for it: whoever asks next begins another life of it.
pub(crate) fn fate(kind: Kind, attempt: u32, ended: &Ended, random: f64) -> Fate<'_> {
    match (ended, kind) {
        (Ended::Done, _) => Fate::Ends(End::Done),
        (Ended::Failed(failure), Kind::Render) => Fate::Ends(End::Failed(failure)),
        (Ended::Failed(failure), Kind::Upkeep | Kind::Discard) => {
            if failure.code.is_passing() && attempt < MOST_ATTEMPTS {
                let retries = if kind == Kind::Discard { RETRIES_OF_DISCARDS } else { RETRIES };
                Fate::Retry(retries.spread(attempt.saturating_sub(1), random))
            } else {
                Fate::Ends(End::Dead(failure))
            }
        }
    }
}

/// A handler panicked; the panic hook has logged where.
#[derive(Debug, thiserror::Error)]
#[error("the job panicked")]
pub(crate) struct Panicked;

/// What the layers made of a job.
pub(crate) fn outcome_of(claim: &Claim, ended: Result<Ending, Box<dyn Error + Send + Sync>>) -> Ending {
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

/// What a store's failure means to those who wait.
pub(crate) fn of_store(cause: &PortError) -> Failure {
    match cause.trouble() {
        Trouble::Unavailable => {
            tracing::warn!(%cause, "a job met a store that is away");
            Failure::new(FailureCode::Unavailable, "a store is away")
        }
        Trouble::Unusable => {
            tracing::error!(%cause, "a job met what a store should not hold");
            Failure::new(FailureCode::Internal, "a store holds what cannot be read")
        }
    }
}

/// A job that failed before anything was fetched, or nobody knows what.
pub(crate) fn failed(claim: &Claim, code: FailureCode, message: &str) -> Ending {
    let sources = match JobKind::read(&claim.payload) {
        Ok(JobKind::Render(job)) => job.source_refs(),
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

    fn failed(code: FailureCode) -> Ended {
        Ended::Failed(Failure::new(code, "so it is"))
    }

    #[test]
    fn a_render_ends_at_once_whatever_failed() {
        for code in [FailureCode::SourceFailed, FailureCode::SourceGone] {
            let ended = failed(code);
            let fate = fate(Kind::Render, 1, &ended, 0.5);
            assert!(matches!(fate, Fate::Ends(End::Failed(failure)) if failure.code == code));
        }
    }

    #[test]
    fn upkeep_is_tried_again_with_growing_delays_until_it_is_dead() {
        let ended = failed(FailureCode::Unavailable);
        let delays: Vec<Option<u64>> = (1..=8)
            .map(|attempt| match fate(Kind::Upkeep, attempt, &ended, 1.0) {
                Fate::Retry(delay) => Some(delay.as_secs()),
                Fate::Ends(End::Dead(_)) => None,
                other @ Fate::Ends(_) => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(delays, [Some(2), Some(4), Some(8), Some(16), Some(32), Some(64), Some(128), None]);
    }

    #[test]
    fn upkeep_that_failed_for_good_is_dead_at_once() {
        let ended = failed(FailureCode::SourceGone);
        assert!(matches!(fate(Kind::Upkeep, 1, &ended, 0.5), Fate::Ends(End::Dead(_))));
    }
}
