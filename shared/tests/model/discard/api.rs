//! A replica as far as discards concern it: its place in the register, its lease, what it has read of the ledger, and its memory.

use std::rc::Rc;

use imcaxy_shared::discard::Tenure;
use imcaxy_shared::entry::{Ledger, Seq, newest_of};
use imcaxy_shared::jobs::ReplicaId;

use super::catalog::{Picture, entry_of, instant, name};
use super::lookup::Look;
use super::rules::{Mistake, Rules};
use super::world::World;

#[derive(Clone, Debug)]
pub struct Api {
    pub step: Step,
    pub tenure: Tenure,
    /// What it has read of the ledger last.
    pub heard: Option<Rc<Ledger>>,
    /// What was confirmed, by key.
    pub memory: Vec<Option<Kept>>,
    pub look: Look,
    /// What it was told is kept, by key, and has not heard yet.
    pub news: Vec<Option<Picture>>,
    /// A name under which it may be entered yet: it got no answer.
    pub late: Option<ReplicaId>,
}

/// A picture, and the position by which it counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kept {
    pub picture: Picture,
    pub seq: Seq,
}

/// What it does next for its lease. Any time may pass before each: a frozen one is one that does nothing for long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Enter, or read the ledger.
    Go,
    /// Say that it has applied what it has begun to read then.
    Beat {
        from: u32,
        seq: Seq,
    },
    /// It drops its lease, then leaves the register.
    Leave(Option<ReplicaId>),
    Gone,
}

impl Api {
    pub fn new(rules: &Rules) -> Self {
        let picture = Picture { stamp: Seq::ZERO, fetched: 0, bytes: 0 };
        let kept = Kept { picture, seq: Seq::ZERO };
        let in_memory = |key| (!rules.asks && key < rules.keys - rules.unmade).then_some(kept);
        Self {
            step: Step::Go,
            tenure: Tenure::default(),
            heard: None,
            memory: (0..rules.keys).map(in_memory).collect(),
            look: Look::None,
            news: vec![None; rules.keys],
            late: None,
        }
    }

    pub fn answers(&self) -> bool {
        matches!(self.step, Step::Go | Step::Beat { .. })
    }

    pub fn holds_lease(&self, now: u32, rules: &Rules) -> bool {
        let now = if rules.is(Mistake::LeasesRunByAClockThatStandsStill) { 0 } else { now };
        self.tenure.is_held(instant(now))
    }

    /// What it answers under its lease, without asking.
    pub fn hit(&self, key: usize, now: u32, rules: &Rules) -> Option<Picture> {
        let (ledger, kept) = (self.heard.as_ref()?, self.memory[key]?);
        let (entry, incarnation) = (entry_of(kept.picture), &ledger.incarnation);
        let counts = if rules.is(Mistake::MemoryForgetsWhatWasDropped) {
            let since = ledger.rules.partition_point(|rule| rule.at <= kept.seq);
            Ledger { rules: ledger.rules[since..].to_vec(), ..(**ledger).clone() }
                .newest_against(&entry.sources)
                <= entry.stamp
        } else if rules.is(Mistake::MemoryUpholdsWhatIsNewerThanASwitch) {
            let rules = ledger.since(kept.seq);
            rules.is_some_and(|rules| newest_of(rules, &entry.sources) <= entry.stamp)
        } else {
            ledger.upholds(&entry, incarnation, kept.seq)
        };
        (self.holds_lease(now, rules) && counts).then_some(kept.picture)
    }

    /// Goes by what was read of the ledger, unless it is an old state: then nothing was read.
    pub fn apply(&mut self, read: &Rc<Ledger>, rules: &Rules) -> bool {
        let is_old = |known: &Rc<Ledger>| known.position().is_ahead_of(&read.position());
        if self.heard.as_ref().is_some_and(is_old) && !rules.is(Mistake::OldReadsAreBelieved) {
            return false;
        }
        let with = self.heard.as_ref().and_then(|known| known.with(read));
        self.heard = Some(with.map_or_else(|| Rc::clone(read), Rc::new));
        true
    }
}

impl World {
    /// Enters the register under a new name.
    pub fn enter(&mut self, place: usize, rules: &Rules) {
        let name = self.new_name(place, rules);
        self.catalog.enter(&name);
        self.apis[place].tenure.enter(name);
    }

    /// The same without an answer; it comes to pass later.
    pub fn enter_unanswered(&mut self, place: usize, rules: &Rules) {
        self.spent.unanswered += 1;
        let name = self.new_name(place, rules);
        if rules.is(Mistake::ReplicasGoByANameWithoutAnswer) {
            self.apis[place].tenure.enter(name.clone());
        }
        self.apis[place].late = Some(name);
    }

    pub fn enters_late(&mut self, place: usize) {
        if let Some(name) = self.apis[place].late.take() {
            self.catalog.enter(&name);
        }
    }

    /// Reads the ledger, goes by it from now on, and tells those who wait, who hear it or not.
    pub fn read(&mut self, place: usize, told: bool, rules: &Rules) {
        let ledger = Rc::clone(&self.catalog.ledger);
        self.apis[place].apply(&ledger, rules);
        self.apis[place].step = Step::Beat { from: self.now, seq: ledger.seq };
        let name = self.apis[place].tenure.name().cloned();
        if let Some(name) = name.filter(|_| told) {
            self.tell(&name, &ledger.position());
        }
    }

    /// A server answers that does not know the last discard that this replica has read of.
    pub fn read_old(&mut self, place: usize, rules: &Rules) {
        self.spent.old_reads += 1;
        let api = &mut self.apis[place];
        let Some(known) = &api.heard else { return };
        let mut old = (**known).clone();
        old.rules.pop();
        old.seq = Seq::new(old.seq.get() - 1);
        if api.apply(&Rc::new(old), rules) {
            let seq = api.heard.as_ref().map(|heard| heard.seq).unwrap_or_default();
            api.step = Step::Beat { from: self.now, seq };
        }
    }

    pub fn beat(&mut self, place: usize, rules: &Rules) {
        let Step::Beat { from, seq } = self.apis[place].step else { return };
        self.apis[place].step = Step::Go;
        let Some(name) = self.apis[place].tenure.name().cloned() else { return };
        let seq = if rules.is(Mistake::BeatsTellMoreThanIsApplied) { self.catalog.seq() } else { seq };
        if rules.is(Mistake::LeasesBeginByABeatThatEnters) {
            self.catalog.enter(&name);
        }
        let registered = self.note_beat(&name, seq) || rules.is(Mistake::LeasesIgnoreTheRegister);
        let from = if rules.is(Mistake::LeasesRunFromTheBeat) { self.now } else { from };
        self.apis[place].tenure.confirm(instant(from), registered);
    }

    /// Begins to leave.
    pub fn departs(&mut self, place: usize, rules: &Rules) {
        self.spent.departures += 1;
        let api = &mut self.apis[place];
        if rules.is(Mistake::ReplicasLeaveBeforeTheirLeaseEnds) {
            if let Some(name) = api.tenure.name().cloned() {
                self.catalog.leave(&name);
            }
        } else {
            let name = api.tenure.end();
            api.step = Step::Leave(name);
        }
    }

    pub fn leaves(&mut self, place: usize) {
        if let Step::Leave(Some(name)) = &self.apis[place].step {
            self.catalog.leave(name);
        }
        self.goes(place);
    }

    pub fn crashes(&mut self, place: usize) {
        self.spent.departures += 1;
        self.goes(place);
    }

    fn goes(&mut self, place: usize) {
        let gone = &mut self.apis[place];
        let late = gone.late.take();
        *gone = Api {
            step: Step::Gone,
            late,
            ..Api::new(&Rules { asks: true, keys: gone.memory.len(), ..Rules::QUIET })
        };
    }

    /// A name that says nothing to anybody.
    fn new_name(&self, place: usize, rules: &Rules) -> ReplicaId {
        if rules.is(Mistake::ReplicasEnterUnderOneName) {
            return name(place, 0);
        }
        let known = |name: &ReplicaId| {
            self.catalog.is_registered(name)
                || self.apis[place].late.as_ref() == Some(name)
                || self.discarders.iter().any(|discarder| discarder.knows(name))
        };
        (0..).map(|number| name(place, number)).find(|name| !known(name)).expect("there are many")
    }
}
