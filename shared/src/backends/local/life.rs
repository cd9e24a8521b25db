//! One life of a job.

use std::collections::BTreeMap;
use std::time::Duration;

use super::order::Order;
use crate::entry::Seq;
use crate::jobs::{JobId, Priority, Token, WorkerId};
use crate::ports::{Claim, LAST_CHANCE, LiveJob, LiveState, MOST_LOSSES, Sighting, Submission};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Life {
    pub token: Token,
    pub want: Seq,
    pub priority: Priority,
    origin: String,
    pub state: State,
    pub renewals: u64,
    pub requeues: u32,
    pub lost: u32,
    payload: String,
    attempt: u32,
    /// When a request last said that it waits.
    asked: Timestamp,
    since: Timestamp,
    queued: Timestamp,
    waiting: BTreeMap<String, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Waiting,
    Running { worker: WorkerId },
    Delayed { due: Timestamp },
}

impl Life {
    pub(super) fn begun(submission: &Submission<'_>, now: Timestamp) -> Self {
        let mut life = Self {
            token: submission.token.clone(),
            want: submission.want,
            priority: submission.priority,
            origin: submission.origin.clone(),
            state: State::Waiting,
            renewals: 0,
            requeues: 0,
            lost: 0,
            payload: submission.payload.text.clone(),
            attempt: 0,
            asked: now,
            since: now,
            queued: now,
            waiting: BTreeMap::new(),
        };
        life.count(submission);
        life
    }

    /// Takes over what another submission asks for. True when the job was delayed and has to wait now.
    pub(super) fn join(&mut self, submission: &Submission<'_>, now: Timestamp, order: &mut Order) -> bool {
        self.count(submission);
        self.want = self.want.max(submission.want);
        if submission.priority == Priority::Request {
            self.asked = now;
        }
        if submission.priority < self.priority {
            self.priority = submission.priority;
            if self.state == State::Waiting {
                // A second reference: the first is left behind.
                order.last(self.priority, self.list(), &submission.id);
            }
        }
        matches!(self.state, State::Delayed { .. }) && submission.priority == Priority::Request
    }

    /// In whose list it waits.
    pub(super) fn list(&self) -> &str {
        if self.lost + 1 >= MOST_LOSSES { LAST_CHANCE } else { &self.origin }
    }

    fn count(&mut self, submission: &Submission<'_>) {
        if let Some(waiting) = submission.waiting {
            self.waiting.insert(waiting.replica.to_owned(), waiting.requests);
        }
    }

    pub(super) fn enter(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.since = now;
    }

    /// Begins an attempt.
    pub(super) fn claim(&mut self, id: &JobId, worker: &WorkerId, now: Timestamp) -> Claim {
        self.enter(State::Running { worker: worker.clone() }, now);
        self.attempt += 1;
        self.renewals = 0;
        Claim {
            id: id.clone(),
            token: self.token.clone(),
            want: self.want,
            attempt: self.attempt,
            payload: self.payload.clone(),
            origin: self.origin.clone(),
            priority: self.priority,
            lost: self.lost,
            queued_at: self.queued,
        }
    }

    pub(super) fn is_held_by(&self, claim: &Claim) -> bool {
        matches!(self.state, State::Running { .. })
            && self.token == claim.token
            && self.attempt == claim.attempt
    }

    /// Whether it is a render that waits and that nobody asked for since `patience`.
    pub(super) fn is_abandoned(&self, patience: Duration, now: Timestamp) -> bool {
        self.state == State::Waiting && self.priority == Priority::Request && now > self.asked.plus(patience)
    }

    pub(super) fn sighting(&self, id: &JobId) -> Option<Sighting> {
        matches!(self.state, State::Running { .. }).then(|| Sighting {
            id: id.clone(),
            token: self.token.clone(),
            attempt: self.attempt,
            renewals: self.renewals,
        })
    }

    pub(super) fn shown(&self, id: &JobId) -> LiveJob {
        let (state, worker) = match &self.state {
            State::Waiting => (LiveState::Waiting, None),
            State::Running { worker } => (LiveState::Running, Some(worker.clone())),
            State::Delayed { .. } => (LiveState::Delayed, None),
        };
        LiveJob {
            id: id.clone(),
            state,
            since: self.since,
            worker,
            attempt: self.attempt,
            waiting: self.waiting.values().map(|requests| *requests as u64).sum(),
            priority: self.priority,
            payload: self.payload.clone(),
        }
    }
}
