//! The world as a value: one key, its queue and catalog, those who work and those who wait.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{JobId, Payload, Priority, Token, WorkerId};
use imcaxy_shared::ports::{Claim, Sighting, Submission};
use imcaxy_shared::testing::reference::Queue;
use imcaxy_shared::time::Timestamp;

use super::waiter::Waiter;
use super::worker::Worker;

/// Time stands still: what depends on it is an action that may happen.
pub const NOW: Timestamp = Timestamp::from_millis(0);

/// What misfortunes a world may meet, and what is wrong in it.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub waiters: usize,
    pub discards: usize,
    /// Crashes and freezes.
    pub faults: usize,
    /// Announcements that one waiter does not hear.
    pub unheard: usize,
    pub flushes: usize,
    /// Renders that fail.
    pub failures: usize,
    /// Claims that are taken away from a worker that is well.
    pub unfair: usize,
    /// Waiters that leave, and jobs dropped because nobody seemed to ask for them.
    pub departures: usize,
    pub mistake: Mistake,
}

impl Rules {
    pub const QUIET: Self = Self {
        waiters: 2,
        discards: 0,
        faults: 0,
        unheard: 0,
        flushes: 0,
        failures: 0,
        unfair: 0,
        departures: 0,
        mistake: Mistake::None,
    };
}

/// What a world does wrong, to show that it would be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    None,
    RenewIgnoresTheAttempt,
    FinishIgnoresTheAttempt,
    FinishIgnoresWhatIsWanted,
    ReapDoesNotCompare,
    WaitersListenLateAndLookOnce,
    WaitersLookOnce,
    WaitersTakeAnyPicture,
    WaitersTakeAnyFailure,
    TheLastRecordStays,
    WorkersDoNotLookFirst,
}

/// A state.
#[derive(Clone, Debug, Hash)]
pub struct World {
    /// Discards so far: all of them of the source of the one key.
    pub ledger: Seq,
    /// The stamp of the entry.
    pub entry: Option<Seq>,
    /// The stamp of the failure that is remembered for the key.
    pub remembered: Option<Seq>,
    pub queue: Queue,
    pub workers: Vec<Worker>,
    /// What a reaper does with a job that it was given.
    pub reaper: Worker,
    /// What a reaper saw.
    pub sighted: Option<Sighting>,
    pub waiters: Vec<Waiter>,
    /// Lives so far.
    pub lives: u8,
    /// Calls to imaginary so far, less one for each fault of a worker that may have begun one in vain.
    pub calls: isize,
    pub spent: Spent,
}

/// The misfortunes so far.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Spent {
    pub faults: usize,
    pub unheard: usize,
    pub flushes: usize,
    pub failures: usize,
    pub unfair: usize,
    pub departures: usize,
}

/// What is announced: a picture, or the failure of one life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct News {
    pub failed: Option<u8>,
    pub stamp: Seq,
}

impl News {
    pub fn picture(stamp: Seq) -> Self {
        Self { failed: None, stamp }
    }
}

impl World {
    pub fn new(rules: &Rules) -> Self {
        Self {
            ledger: Seq::ZERO,
            entry: None,
            remembered: None,
            queue: Queue::default(),
            workers: vec![Worker::default(); 2],
            reaper: Worker::default(),
            sighted: None,
            waiters: vec![Waiter::default(); rules.waiters],
            lives: 0,
            calls: 0,
            spent: Spent::default(),
        }
    }

    /// How often imaginary may still be called: once, and once more for each misfortune.
    pub fn calls_allowed(&self) -> isize {
        let Spent { flushes, failures, unfair, .. } = self.spent;
        let misfortunes = isize::try_from(flushes + failures + unfair).unwrap_or_default();
        let discards = isize::try_from(self.ledger.get()).unwrap_or_default();
        1 + discards + misfortunes - self.calls
    }

    /// The entry, if it may be answered.
    pub fn fresh(&self) -> Option<Seq> {
        self.entry.filter(|stamp| *stamp >= self.ledger)
    }

    /// Keeps what was rendered, and answers what is kept.
    pub fn record(&mut self, stamp: Seq, rules: &Rules) -> Result<Seq, &'static str> {
        let kept = match self.entry {
            Some(entry) if rules.mistake != Mistake::TheLastRecordStays => entry.max(stamp),
            _ => stamp,
        };
        if self.entry > Some(kept) {
            return Err("an entry never gives way to one with a smaller stamp");
        }
        self.entry = Some(kept);
        Ok(kept)
    }

    /// Tells all who listen but `deaf`.
    pub fn announce(&mut self, news: News, deaf: Option<usize>) {
        for (place, waiter) in self.waiters.iter_mut().enumerate() {
            if Some(place) != deaf {
                waiter.is_told(news);
            }
        }
    }

    /// The claims that somebody works on, awake or not.
    pub fn holders<'a>(&'a self, seen: &'a Sighting) -> impl Iterator<Item = &'a Worker> {
        let all = self.workers.iter().chain([&self.reaper]);
        all.filter(move |worker| worker.held.is_some_and(|held| held.is(seen)))
    }

    /// The same without what makes no difference: which worker or waiter is which, and news that nobody would take.
    pub fn reduced(mut self, rules: &Rules) -> Self {
        if !matches!(rules.mistake, Mistake::WaitersTakeAnyPicture | Mistake::WaitersTakeAnyFailure) {
            self.waiters.iter_mut().for_each(Waiter::sorts_out);
        }
        self.workers.sort_unstable();
        self.waiters.sort_unstable();
        self
    }

    pub fn nobody_waits(&self) -> bool {
        self.waiters.iter().all(|waiter| !waiter.waits())
    }

    pub fn nothing_is_left(&self) -> bool {
        let mut workers = self.workers.iter().chain([&self.reaper]);
        self.nobody_waits()
            && self.queue.is_empty()
            && workers.all(|worker| worker.frozen || worker.held.is_none())
    }
}

/// A worker's right to the job, as it knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    pub life: u8,
    pub attempt: u32,
    pub want: Seq,
}

impl Held {
    pub fn of(claim: &Claim) -> Self {
        let life = claim.token.as_str().parse().expect("the name of a life");
        Self { life, attempt: claim.attempt, want: claim.want }
    }

    pub fn claim(self) -> Claim {
        Claim {
            id: id(),
            token: life(self.life),
            want: self.want,
            attempt: self.attempt,
            payload: String::new(),
            origin: String::new(),
            priority: Priority::Request,
            lost: 0,
            queued_at: NOW,
        }
    }

    pub fn is(self, seen: &Sighting) -> bool {
        self.attempt == seen.attempt && seen.token.as_str().parse() == Ok(self.life)
    }
}

/// The one job.
pub fn submission(want: Seq, number: u8) -> Submission<'static> {
    Submission {
        id: id(),
        origin: String::new(),
        priority: Priority::Request,
        payload: Payload { version: 1, text: String::new() },
        want,
        token: life(number),
        waiting: None,
        bound: None,
    }
}

/// The name of one life.
pub fn life(number: u8) -> Token {
    Token::from_queue(number.to_string())
}

/// All workers have one name in the queue, where it decides nothing.
pub fn worker() -> WorkerId {
    WorkerId::from_queue("w".to_owned())
}

fn id() -> JobId {
    JobId::from_queue("k".to_owned())
}
