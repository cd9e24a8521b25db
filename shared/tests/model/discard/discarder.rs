//! One who discards, and waits until nobody answers with what that outdates.

use std::collections::BTreeSet;
use std::rc::Rc;

use imcaxy_shared::discard::Audience;
use imcaxy_shared::entry::{Position, Seq};
use imcaxy_shared::jobs::ReplicaId;
use imcaxy_shared::ports::Replica;

use super::catalog::LEASE;
use super::rules::{About, Mistake, Rules};
use super::world::World;

/// Those that have committed stand in the order in which they did.
#[derive(Clone, Debug)]
pub struct Discarder {
    pub about: About,
    pub step: Step,
    /// Since when it waits.
    pub since: u32,
    /// The names that it knows.
    known: BTreeSet<ReplicaId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Only where it is a mistake: it has looked at the register before it commits.
    Early(Rc<Vec<Replica>>),
    Wait(Rc<Audience>),
    /// Retire these, one after the other.
    Retire(Vec<Replica>),
    Acknowledged,
}

impl Discarder {
    pub fn knows(&self, name: &ReplicaId) -> bool {
        self.known.contains(name)
    }

    pub fn is_acknowledged(&self) -> bool {
        self.step == Step::Acknowledged
    }

    pub fn waits_since(&self) -> Option<u32> {
        matches!(self.step, Step::Wait(_) | Step::Early(_)).then_some(self.since)
    }

    /// How often `name` had said something when it was seen silent.
    fn saw_beats(&self, name: &ReplicaId) -> Option<i64> {
        let seen = match &self.step {
            Step::Wait(audience) => audience.silent().find(|seen| seen.id == *name),
            Step::Retire(left) => left.iter().find(|seen| seen.id == *name),
            Step::Early(_) | Step::Acknowledged => None,
        };
        seen.map(|seen| seen.beats)
    }

    fn acknowledges(&mut self) {
        (self.step, self.known) = (Step::Acknowledged, BTreeSet::new());
    }
}

impl World {
    /// Only where it is a mistake: does before the commit what must come after it.
    pub fn begins_early(&mut self, rules: &Rules) {
        let register = Rc::clone(&self.catalog.register);
        let known = register.iter().map(|replica| replica.id.clone()).collect();
        let step = if rules.is(Mistake::DiscardsAreAcknowledgedBeforeTheCommit) {
            Step::Acknowledged
        } else {
            Step::Early(register)
        };
        let about = rules.discards[self.spent.discards];
        self.discarders.push(Discarder { about, step, since: self.now, known });
    }

    /// Commits the next discard.
    pub fn commits(&mut self, about: About, rules: &Rules) {
        let number = self.catalog.discards;
        self.catalog.append(about);
        if self.discarders.len() == number {
            let audience = Audience::of(self.catalog.ledger.position());
            self.discarders.push(Discarder {
                about,
                step: Step::Wait(Rc::new(audience)),
                since: self.now,
                known: BTreeSet::new(),
            });
        } else if let Step::Early(register) = self.discarders[number].step.clone() {
            let audience = Audience::of(self.catalog.ledger.position());
            self.discarders[number].step = Step::Wait(Rc::new(audience));
            if rules.is(Mistake::DiscardsLookBeforeTheCommit) {
                self.discarders[number].since = self.now;
                self.sees_this(number, register.to_vec());
            }
        }
        if rules.is(Mistake::DiscardsDoNotWait) {
            self.discarders[number].acknowledges();
        }
        if rules.is(Mistake::NudgesTellMoreThanIsApplied) {
            let names: Vec<_> = self.apis.iter().filter_map(|api| api.tenure.name().cloned()).collect();
            names.iter().for_each(|name| self.tell(name, &self.catalog.ledger.position()));
        }
    }

    /// Reads the register.
    pub fn sees(&mut self, number: usize) {
        self.sees_this(number, self.catalog.register.to_vec());
    }

    fn sees_this(&mut self, number: usize, register: Vec<Replica>) {
        let discarder = &mut self.discarders[number];
        let Step::Wait(audience) = &mut discarder.step else { return };
        let names: Vec<_> = register.iter().map(|replica| replica.id.clone()).collect();
        if Rc::make_mut(audience).see(register) {
            discarder.acknowledges();
        } else {
            discarder.known.extend(names);
        }
    }

    /// Everybody who waits hears that a replica has applied the ledger.
    pub fn tell(&mut self, name: &ReplicaId, position: &Position) {
        for discarder in &mut self.discarders {
            let Step::Wait(audience) = &mut discarder.step else { continue };
            if Rc::make_mut(audience).hear(name.clone(), position) {
                discarder.acknowledges();
            } else {
                discarder.known.insert(name.clone());
            }
        }
    }

    /// Whether what was committed has reached all, by what the register says now, or by the time that has passed.
    pub fn has_reached(&self, audience: &mut Rc<Audience>, since: u32) -> bool {
        Rc::make_mut(audience).see(self.catalog.register.to_vec()) || self.now - since >= LEASE
    }

    pub fn has_waited_for_a_lease(&self, number: usize) -> bool {
        self.now - self.discarders[number].since >= LEASE
    }

    /// A lease has passed since the commit.
    pub fn stops_waiting(&mut self, number: usize) {
        let discarder = &mut self.discarders[number];
        let Step::Wait(audience) = &discarder.step else { return };
        let silent: Vec<Replica> = audience.silent().cloned().collect();
        discarder.step = Step::Retire(silent);
        self.retires(number, None);
    }

    /// Retires the next one, and is done when there is none.
    pub fn retires_next(&mut self, number: usize, rules: &Rules) {
        let Step::Retire(left) = &mut self.discarders[number].step else { return };
        let next = (!left.is_empty()).then(|| left.remove(0));
        self.retires(number, next.map(|seen| (seen, rules.is(Mistake::DiscardsRetireWhoSpoke))));
    }

    fn retires(&mut self, number: usize, seen: Option<(Replica, bool)>) {
        if let Some((seen, always)) = seen {
            let unmoved =
                |replica: &Replica| replica.id == seen.id && (always || replica.beats == seen.beats);
            if self.catalog.register.iter().any(unmoved) {
                self.catalog.leave(&seen.id);
            }
        }
        if matches!(&self.discarders[number].step, Step::Retire(left) if left.is_empty()) {
            self.discarders[number].acknowledges();
        }
    }

    /// Notes in the register what a replica has said; false when it is not there.
    pub fn note_beat(&mut self, name: &ReplicaId, seq: Seq) -> bool {
        let Some(place) = self.catalog.register.iter().position(|replica| replica.id == *name) else {
            return false;
        };
        let beats = self.catalog.register[place].beats;
        // The first is counted, and those that keep somebody from taking it for a silent one: the others make no difference.
        let mut seen = self.discarders.iter().filter_map(|one| one.saw_beats(name));
        let counts = beats == 0 || seen.any(|seen| seen >= beats);
        let position = Position { seq, ..self.catalog.ledger.position() };
        let own = &mut Rc::make_mut(&mut self.catalog.register)[place];
        own.position = Some(position);
        own.beats += i64::from(counts);
        true
    }
}
