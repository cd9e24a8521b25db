//! Which imaginary gets the next call. Pure: the instants are arguments.
//!
//! The next call goes to the one with the fewest under way. One that fails is ejected: left alone for a time that doubles with each
//! ejection until it renders something. While all are ejected the circuit is open: calls fail at once, but for one at a time, by which it
//! is found out whether somebody is back.

use std::time::Duration;

use imcaxy_shared::backoff::Backoff;
use tokio::time::Instant;

/// How long one that fails is left alone.
const EJECTED: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// Failures in a row for which the last one that is well is left alone, too: one picture that imaginary cannot digest must not stop all
/// others. One that cannot be connected to is left alone at once, and so is one that others can stand in for.
const STRIKES: u32 = 3;

/// What a call said of the imaginary that it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It works.
    Well,
    /// It failed, and the request may be why.
    Failed,
    /// Nobody was there.
    Unconnected,
    /// It has enough to do, for so long.
    Throttled(Duration),
    /// The call was given up before it ended.
    Abandoned,
}

/// Where the next call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// To this one. A trial finds out whether it is back.
    Base { base: usize, trial: bool },
    /// To nobody yet: all places are taken.
    Full,
    /// To nobody: none is well.
    Open,
}

/// What is known of all of them.
pub(super) struct Board {
    all: Vec<Standing>,
    places: usize,
    /// Counts choices, so that of equals the one goes first that was chosen longest ago.
    turn: u64,
    trying: bool,
}

#[derive(Clone, Debug, Default)]
struct Standing {
    under_way: usize,
    chosen: u64,
    /// Failures in a row.
    strikes: u32,
    /// Ejections since it last rendered something.
    ejections: u32,
    ejected: Option<Ejected>,
}

#[derive(Clone, Copy, Debug)]
struct Ejected {
    until: Instant,
    /// By its own word, and so it is not tried before.
    throttled: bool,
    /// It is being asked whether it is well.
    probed: bool,
}

impl Board {
    pub(super) fn new(bases: usize, places: usize) -> Self {
        Self { all: vec![Standing::default(); bases], places, turn: 0, trying: false }
    }

    /// Chooses, and takes a place there. `except` is one that has just failed; no trial is made in its place.
    pub(super) fn choose(&mut self, now: Instant, except: Option<usize>) -> Choice {
        let well = |(base, one): &(usize, &Standing)| one.ejected.is_none() && Some(*base) != except;
        let mut candidates = self.all.iter().enumerate().filter(well).peekable();
        let choice = if candidates.peek().is_some() {
            let free = candidates.filter(|(_, one)| one.under_way < self.places);
            let least = free.min_by_key(|(_, one)| (one.under_way, one.chosen));
            least.map_or(Choice::Full, |(base, _)| Choice::Base { base, trial: false })
        } else if self.trying || except.is_some() {
            Choice::Open
        } else {
            let ejected = self.all.iter().enumerate().filter_map(|(base, one)| Some((base, one.ejected?)));
            let tried = ejected.filter(|(_, ejected)| !ejected.throttled || ejected.until <= now);
            let soonest = tried.min_by_key(|(_, ejected)| ejected.until);
            soonest.map_or(Choice::Open, |(base, _)| Choice::Base { base, trial: true })
        };
        if let Choice::Base { base, trial } = choice
            && let Some(one) = self.all.get_mut(base)
        {
            self.turn += 1;
            one.chosen = self.turn;
            one.under_way += 1;
            self.trying |= trial;
        }
        choice
    }

    /// A call has ended and its place is free.
    pub(super) fn ended(&mut self, base: usize, trial: bool, end: End, now: Instant) {
        let others = self.all.iter().enumerate().any(|(other, one)| other != base && one.ejected.is_none());
        self.trying &= !trial;
        let Some(one) = self.all.get_mut(base) else { return };
        one.under_way = one.under_way.saturating_sub(1);
        if one.ejected.is_some() && !trial {
            // It began before: what is known by now is newer.
            return;
        }
        match end {
            End::Abandoned => {}
            End::Well => (one.strikes, one.ejections, one.ejected) = (0, 0, None),
            End::Unconnected => one.eject(now),
            End::Failed => {
                one.strikes = one.strikes.saturating_add(1);
                if trial || others || one.strikes >= STRIKES {
                    one.eject(now);
                }
            }
            End::Throttled(span) => {
                let until = now + span.min(EJECTED.longest);
                one.ejected = Some(Ejected { until, throttled: true, probed: false });
            }
        }
    }

    /// When the next of the ejected is to be asked whether it is well.
    pub(super) fn next_probe(&self) -> Option<Instant> {
        let waiting = self.all.iter().filter_map(|one| one.ejected).filter(|ejected| !ejected.probed);
        waiting.map(|ejected| ejected.until).min()
    }

    /// Those that are to be asked now; each is told to [`Self::probed`] afterwards.
    pub(super) fn due(&mut self, now: Instant) -> Vec<usize> {
        let due = |one: &mut Standing| match &mut one.ejected {
            Some(ejected) if ejected.until <= now && !ejected.probed => {
                ejected.probed = true;
                true
            }
            _ => false,
        };
        self.all.iter_mut().enumerate().filter_map(|(base, one)| due(one).then_some(base)).collect()
    }

    /// One has been asked. That it is well gives it work again, but what it failed at is forgotten only when it renders something.
    pub(super) fn probed(&mut self, base: usize, well: bool, now: Instant) {
        let Some(one) = self.all.get_mut(base) else { return };
        match one.ejected {
            Some(_) if well => one.ejected = None,
            Some(_) => one.eject(now),
            None => {}
        }
    }
}

impl Standing {
    fn eject(&mut self, now: Instant) {
        let until = now + EJECTED.after(self.ejections);
        self.ejections = self.ejections.saturating_add(1);
        self.ejected = Some(Ejected { until, throttled: false, probed: false });
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
