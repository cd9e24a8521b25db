//! The queue as a value: what every queue must do, without a store, a clock or a lock. The model of the whole protocol runs on
//! it, and other queues are compared with it; behind a lock and a clock it is the queue of one process.
//!
//! Each function is one atomic step, named and meant as in [`JobQueue`](crate::ports::JobQueue). Not in it: the pace at which jobs end, so
//! that a bound's depth refuses and its wait never does, and versions of payloads.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::life::{Life, State};
use super::order::Order;
use crate::jobs::{JobId, Priority, Token, WorkerId};
use crate::ports::{
    BEYOND, Claim, Ended, Ending, FEW, Finished, LAST_CHANCE, LONGEST_DELAY, LiveJob, MOST_LOSSES,
    MOST_REQUEUES, Overload, READABLE_FOR, Reaped, Room, Sighting, Submission, Submitted, Taken, Tended,
};
use crate::time::Timestamp;

/// Jobs that wait and run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Queue {
    lives: BTreeMap<JobId, Life>,
    order: Order,
    failures: BTreeMap<Token, Failed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failed {
    ending: Ending,
    until: Timestamp,
}

impl Hash for Failed {
    /// A failure's words do not tell one from another.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.until, self.ending.stamp).hash(hasher);
    }
}

impl Queue {
    /// Queues a job or joins the living one with its id.
    pub fn submit(&mut self, submission: &Submission<'_>, now: Timestamp) -> Submitted {
        if let Some(life) = self.lives.get_mut(&submission.id) {
            let waits = life.join(submission, now, &mut self.order);
            let token = life.token.clone();
            if waits {
                self.wait(&submission.id, now, Order::last);
            }
            return Submitted::Joined(token);
        }
        if let Some(bound) = &submission.bound
            && submission.priority == Priority::Request
        {
            let (depth, own) =
                (self.depth(submission.priority), self.order.length(submission.priority, &submission.origin));
            // Who waits for little goes beyond the bound; counted in parts of it.
            let parts = if own as u64 * FEW < bound.depth { BEYOND + 1 } else { BEYOND };
            if depth * BEYOND >= bound.depth * parts {
                return Submitted::Refused(Overload::Deep { depth, wait: None });
            }
        }
        self.lives.insert(submission.id.clone(), Life::begun(submission, now));
        self.order.last(submission.priority, &submission.origin, &submission.id);
        Submitted::Queued(submission.token.clone())
    }

    /// How the life `token` of a job failed, for a minute after it did.
    #[must_use]
    pub fn ended(&self, token: &Token, now: Timestamp) -> Option<&Ending> {
        self.failures.get(token).filter(|failed| now < failed.until).map(|failed| &failed.ending)
    }

    /// Up to `limit` living jobs after the id `after`, in order of id.
    #[must_use]
    pub fn live(&self, after: Option<&JobId>, limit: usize) -> Vec<LiveJob> {
        let later = self.lives.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        later.take(limit).map(|(id, life)| life.shown(id)).collect()
    }

    /// Takes waiting jobs, the most urgent first, origins in turn.
    pub fn take(&mut self, worker: &WorkerId, room: &Room<'_>, now: Timestamp) -> Taken {
        self.take_some(worker, room, now).0
    }

    /// The same, and whether jobs were left for want of slots.
    pub(super) fn take_some(&mut self, worker: &WorkerId, room: &Room<'_>, now: Timestamp) -> (Taken, bool) {
        self.promote(now);
        let mut busy: BTreeMap<String, usize> = room.busy.iter().cloned().collect();
        let mut taken = Taken::default();
        let mut left = false;
        for priority in Priority::ALL {
            let mut passed = 0;
            while let Some(origin) = self.order.turn(priority, passed) {
                if taken.claims.len() >= room.slots {
                    left = true;
                    break;
                }
                let running = busy.entry(origin.clone()).or_default();
                if *running >= share_of(&origin, room.share) {
                    passed += 1;
                    taken.held_back = true;
                    continue;
                }
                let next = self.next_of(priority, &origin, room.patience, now);
                if let Some(id) = &next {
                    *running += 1;
                    taken.claims.extend(self.claim(id, worker, now));
                }
                self.order.had_its_turn(priority, &origin, next.is_some());
            }
        }
        taken.held_back &= !left;
        (taken, left)
    }

    /// Whether a request's job may be waiting that a worker would take which had a slot more.
    #[must_use]
    pub fn would_give(&self, share: usize, busy: &[(String, usize)]) -> bool {
        let running = |list: &str| busy.iter().find(|(name, _)| name == list).map_or(0, |(_, jobs)| *jobs);
        let mut lists = (0..).map_while(|passed| self.order.turn(Priority::Request, passed));
        lists.any(|list| running(&list) < share_of(&list, share))
    }

    /// Counts up the renewals of claims; answers those that are held, in the same order.
    pub fn renew(&mut self, claims: &[&Claim]) -> Vec<bool> {
        let mut renew = |claim: &Claim| {
            let held = self.held(claim);
            if let Some(life) = held {
                life.renewals += 1;
                return true;
            }
            false
        };
        claims.iter().map(|claim| renew(claim)).collect()
    }

    /// Ends a life whose claim is held, or lets the job wait again when what was made is older than what is wanted.
    pub fn finish(&mut self, claim: &Claim, ending: &Ending, now: Timestamp) -> Finished {
        let Some(life) = self.held(claim) else { return Finished::Lost };
        if ending.stamp < life.want && life.requeues < MOST_REQUEUES {
            life.requeues += 1;
            self.wait(&claim.id, now, Order::first);
            return Finished::Requeued;
        }
        self.lives.remove(&claim.id);
        if matches!(ending.ended, Ended::Failed(_)) {
            let failed = Failed { ending: ending.clone(), until: now.plus(READABLE_FOR) };
            self.failures.insert(claim.token.clone(), failed);
        }
        Finished::Released
    }

    /// Lets a job whose claim is held wait for a later try, or at once when a request waits for it by now.
    pub fn postpone(&mut self, claim: &Claim, delay: Duration, now: Timestamp) -> bool {
        let Some(life) = self.held(claim) else { return false };
        if life.priority == Priority::Request {
            self.wait(&claim.id, now, Order::last);
        } else {
            life.enter(State::Delayed { due: now.plus(delay.min(LONGEST_DELAY)) }, now);
        }
        true
    }

    /// Lets delayed jobs that are due wait, drops renders that nobody asked for since `patience`, lists the claims.
    pub fn tend(&mut self, patience: Duration, now: Timestamp) -> Tended {
        self.promote(now);
        let before = self.lives.len();
        self.lives.retain(|_, life| !life.is_abandoned(patience, now));
        self.failures.retain(|_, failed| now < failed.until);
        Tended { claims: self.claims(), dropped: before - self.lives.len() }
    }

    /// The claims that are held.
    #[must_use]
    pub fn claims(&self) -> Vec<Sighting> {
        self.lives.iter().filter_map(|(id, life)| life.sighting(id)).collect()
    }

    /// Takes a claim away that is still exactly as it was seen.
    pub fn reap(&mut self, worker: &WorkerId, seen: &Sighting, now: Timestamp) -> Reaped {
        let life = self.lives.get_mut(&seen.id);
        let Some(life) = life.filter(|life| life.sighting(&seen.id).as_ref() == Some(seen)) else {
            return Reaped::Gone;
        };
        life.lost += 1;
        let lost = life.lost;
        if lost < MOST_LOSSES {
            self.wait(&seen.id, now, Order::first);
            return Reaped::Requeued(lost);
        }
        self.claim(&seen.id, worker, now).map_or(Reaped::Gone, Reaped::Condemned)
    }

    /// Whether nothing is left: no job, no claim, no reference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lives.is_empty() && self.order.is_empty()
    }

    /// Waiting jobs of one priority.
    #[must_use]
    pub fn depth(&self, priority: Priority) -> u64 {
        let counted = |life: &&Life| life.state == State::Waiting && life.priority == priority;
        self.lives.values().filter(counted).count() as u64
    }

    /// How many waiting jobs go before a new one of an origin: its own, and as many of each other origin at most, since they take turns.
    pub(super) fn ahead(&self, priority: Priority, origin: &str) -> u64 {
        let own = self.order.length(priority, origin) as u64;
        let others = self.order.others(priority, origin) as u64;
        self.depth(priority).min(own + (own + 1) * others)
    }

    /// Whether a life of a job lasts.
    pub(super) fn lives(&self, id: &JobId) -> bool {
        self.lives.contains_key(id)
    }

    /// Whether any job waits or runs.
    pub(super) fn is_busy(&self) -> bool {
        !self.lives.is_empty()
    }

    fn held(&mut self, claim: &Claim) -> Option<&mut Life> {
        self.lives.get_mut(&claim.id).filter(|life| life.is_held_by(claim))
    }

    fn wait(&mut self, id: &JobId, now: Timestamp, place: fn(&mut Order, Priority, &str, &JobId)) {
        if let Some(life) = self.lives.get_mut(id) {
            life.enter(State::Waiting, now);
            place(&mut self.order, life.priority, life.list(), id);
        }
    }

    fn claim(&mut self, id: &JobId, worker: &WorkerId, now: Timestamp) -> Option<Claim> {
        self.lives.get_mut(id).map(|life| life.claim(id, worker, now))
    }

    /// The next waiting job of one list. References to jobs that do not wait there, left behind by a raised priority or a dropped job,
    /// are skipped; a render that nobody asks for any more is dropped.
    fn next_of(
        &mut self,
        priority: Priority,
        origin: &str,
        patience: Duration,
        now: Timestamp,
    ) -> Option<JobId> {
        while let Some(id) = self.order.pop(priority, origin) {
            match self.lives.get(&id) {
                Some(life) if life.state != State::Waiting || life.list() != origin => {}
                Some(life) if life.is_abandoned(patience, now) => drop(self.lives.remove(&id)),
                Some(_) => return Some(id),
                None => {}
            }
        }
        None
    }

    fn promote(&mut self, now: Timestamp) {
        let due = |(id, life): (&JobId, &Life)| match life.state {
            State::Delayed { due } if due <= now => Some((due, id.clone())),
            _ => None,
        };
        let mut ids: Vec<(Timestamp, JobId)> = self.lives.iter().filter_map(due).collect();
        ids.sort();
        for (_, id) in ids {
            self.wait(&id, now, Order::last);
        }
    }
}

/// Most jobs of one list that may run in a worker whose share this is.
fn share_of(list: &str, share: usize) -> usize {
    if list == LAST_CHANCE { (share / 3).max(1) } else { share }
}
