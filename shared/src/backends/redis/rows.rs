//! What scripts answer, read.

use std::fmt;
use std::time::Duration;

use crate::entry::Seq;
use crate::jobs::{JobId, Priority, Token, WorkerId};
use crate::ports::{
    Claim, Finished, LiveJob, LiveState, Overload, PortError, Reaped, Sighting, Submitted, Wake,
};
use crate::time::Timestamp;

/// `{id, token, want, attempt, payload, origin, priority, lost, queued}`
pub(super) type Claimed = (String, String, i64, u32, String, String, String, u32, i64);
/// `{id, state, since, worker, attempt, waiting, priority, payload}`
pub(super) type Live = (String, String, i64, String, u32, u64, String, String);

/// `{'queued' or 'joined', token}` or `{'refused', depth, expected wait in ms or -1}`.
pub(super) fn submitted(row: &[String]) -> Result<Submitted, PortError> {
    match row.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["queued", token] => Ok(Submitted::Queued(Token::from_queue(token.to_owned()))),
        ["joined", token] => Ok(Submitted::Joined(Token::from_queue(token.to_owned()))),
        ["refused", depth, wait] => {
            let (depth, wait) =
                depth.parse().ok().zip(wait.parse::<i64>().ok()).ok_or_else(|| unusable("submit", &row))?;
            Ok(Submitted::Refused(Overload::Deep {
                depth,
                wait: u64::try_from(wait).ok().map(Duration::from_millis),
            }))
        }
        _ => Err(unusable("submit", &row)),
    }
}

pub(super) fn claim(row: Claimed) -> Result<Claim, PortError> {
    let (id, token, want, attempt, payload, origin, priority, lost, queued) = row;
    Ok(Claim {
        id: JobId::from_queue(id),
        token: Token::from_queue(token),
        want: Seq::new(want),
        attempt,
        payload,
        origin,
        priority: named(&priority)?,
        lost,
        queued_at: Timestamp::from_millis(queued),
    })
}

pub(super) fn live_job(row: Live) -> Result<LiveJob, PortError> {
    let (id, state, since, worker, attempt, waiting, priority, payload) = row;
    let state = match state.as_str() {
        "waiting" => LiveState::Waiting,
        "running" => LiveState::Running,
        "delayed" => LiveState::Delayed,
        other => return Err(unusable("live", &other)),
    };
    Ok(LiveJob {
        id: JobId::from_queue(id),
        state,
        since: Timestamp::from_millis(since),
        worker: (!worker.is_empty()).then(|| WorkerId::from_queue(worker)),
        attempt,
        waiting,
        priority: named(&priority)?,
        payload,
    })
}

/// An id, and its claim as `token attempt renewals`.
pub(super) fn sighting((id, claim): (String, String)) -> Result<Sighting, PortError> {
    let mut parts = claim.split(' ');
    let (token, attempt, renewals) = (parts.next(), parts.next(), parts.next());
    let attempt = attempt.and_then(|text| text.parse().ok());
    let renewals = renewals.and_then(|text| text.parse().ok());
    match (token, attempt, renewals) {
        (Some(token), Some(attempt), Some(renewals)) => Ok(Sighting {
            id: JobId::from_queue(id),
            token: Token::from_queue(token.to_owned()),
            attempt,
            renewals,
        }),
        _ => Err(unusable("a claim", &claim)),
    }
}

pub(super) fn finished(answer: &str) -> Result<Finished, PortError> {
    match answer {
        "released" => Ok(Finished::Released),
        "requeued" => Ok(Finished::Requeued),
        "lost" => Ok(Finished::Lost),
        other => Err(unusable("finish", &other)),
    }
}

/// `{'gone'}`, `{'requeued', losses}` or `{'condemned', claim}`.
pub(super) fn reaped(row: redis::Value) -> Result<Reaped, PortError> {
    let malformed = |cause| PortError::unusable("redis", format!("reap: {cause}"));
    if let Ok((_, condemned)) = redis::from_redis_value::<(String, Claimed)>(row.clone()) {
        return Ok(Reaped::Condemned(claim(condemned)?));
    }
    let row: Vec<String> = redis::from_redis_value(row).map_err(malformed)?;
    match row.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["gone"] => Ok(Reaped::Gone),
        ["requeued", losses] => losses.parse().map(Reaped::Requeued).map_err(|_| unusable("reap", &row)),
        _ => Err(unusable("reap", &row)),
    }
}

/// What was heard of the bell, if anything.
pub(super) fn wake(heard: Option<&str>) -> Wake {
    match heard {
        None => Wake::Silence,
        Some("passed") => Wake::PassedOn,
        Some(_) => Wake::Rang,
    }
}

fn named(priority: &str) -> Result<Priority, PortError> {
    Priority::ALL
        .into_iter()
        .find(|known| known.name() == priority)
        .ok_or_else(|| unusable("a priority", &priority))
}

fn unusable(what: &str, answer: &dyn fmt::Debug) -> PortError {
    PortError::unusable("redis", format!("{what}: {answer:?} is not understood"))
}
