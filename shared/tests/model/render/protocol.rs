//! What may happen in a world, and when.

use std::time::Duration;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::ports::{Reaped, Sighting};
use imcaxy_shared::testing::reference::Queue;

use super::waiter;
use super::worker::{Desk, Step};
use super::world::{Mistake, NOW, Rules, World, worker};
use crate::checker::{Goal, Model};

#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// A waiter takes its next step; waiting, it looks again.
    Ask(usize),
    /// It hears one of the news.
    Hear(usize, usize),
    Leave(usize),
    Work(Desk),
    /// A worker tells, and one waiter does not hear it.
    TellAllBut(Desk, usize),
    CallFails(Desk),
    /// A renewal shows whether the claim is lost.
    Notice(Desk),
    Crash(Desk),
    Freeze(Desk),
    Wake(Desk),
    See,
    Reap,
    Discard,
    Flush,
    /// The time of a remembered failure is over.
    Forget,
    /// A waiting job is dropped because nobody has asked for it for long.
    Abandon,
}

impl Model for Rules {
    type State = World;
    type Action = Action;

    fn start(&self) -> World {
        World::new(self)
    }

    fn actions(&self, world: &World) -> Vec<Action> {
        let mut actions = Vec::new();
        for (place, waiter) in world.waiters.iter().enumerate() {
            if waiter.step != waiter::Step::Leave {
                actions.push(Action::Ask(place));
            }
            actions.extend((0..waiter.news()).map(|which| Action::Hear(place, which)));
            if waiter.waits() && world.spent.departures < self.departures {
                actions.push(Action::Leave(place));
            }
        }
        let claim = world.queue.claims().pop();
        for desk in [Desk::Worker(0), Desk::Worker(1), Desk::Reaper] {
            self.at_desk(world, desk, claim.as_ref(), &mut actions);
        }
        let is_well = |seen: &Sighting| world.holders(seen).any(|holder| !holder.frozen);
        // A claim that is well may be seen as well; it would be seen again, or not be reaped.
        if claim.is_some()
            && claim != world.sighted
            && (self.unfair > 0 || !claim.as_ref().is_some_and(is_well))
        {
            actions.push(Action::See);
        }
        let well = world.sighted.as_ref().map(is_well);
        if well.is_some_and(|well| !well || world.spent.unfair < self.unfair) {
            actions.push(Action::Reap);
        }
        if world.ledger < Seq::new(i64::try_from(self.discards).unwrap_or_default()) {
            actions.push(Action::Discard);
        }
        if world.spent.flushes < self.flushes {
            actions.push(Action::Flush);
        }
        if world.remembered.is_some() {
            actions.push(Action::Forget);
        }
        if world.spent.departures < self.departures {
            actions.push(Action::Abandon);
        }
        actions
    }

    fn step(&self, world: &World, action: Action) -> Result<Option<World>, &'static str> {
        let mut next = world.clone();
        let idle = |world: &World, desk| world.seen_at(desk).held.is_none();
        let changes = match action {
            Action::Work(desk) if idle(world, desk) => {
                next.work(desk, None, self)?;
                next.queue != world.queue
            }
            Action::Notice(desk) => {
                next.notice(desk, self);
                idle(&next, desk)
            }
            Action::Abandon => {
                next.spent.departures += 1;
                next.queue.tend(Duration::ZERO, NOW.plus(Duration::from_millis(1)));
                next.queue != world.queue
            }
            other => {
                next.change(other, self)?;
                true
            }
        };
        Ok(changes.then(|| next.reduced(self)))
    }

    fn is_healthy(&self, world: &World, action: Action) -> bool {
        match action {
            Action::Ask(place) => world.waiters[place].waits(),
            Action::Wake(_) => world.workers.iter().all(|worker| worker.frozen),
            Action::Reap => {
                world.sighted.as_ref().is_some_and(|seen| world.holders(seen).all(|holder| holder.frozen))
            }
            Action::Hear(..) | Action::Work(_) | Action::Notice(_) | Action::See | Action::Forget => true,
            Action::Leave(_)
            | Action::TellAllBut(..)
            | Action::CallFails(_)
            | Action::Crash(_)
            | Action::Freeze(_)
            | Action::Discard
            | Action::Flush
            | Action::Abandon => false,
        }
    }

    fn goals(&self) -> Vec<Goal<World>> {
        vec![
            Goal { sentence: "whoever waits can be answered", is_reached: World::nobody_waits },
            Goal { sentence: "of what has ended nothing is left over", is_reached: World::nothing_is_left },
        ]
    }
}

impl Rules {
    fn at_desk(&self, world: &World, desk: Desk, claim: Option<&Sighting>, actions: &mut Vec<Action>) {
        let worker = world.seen_at(desk);
        if matches!(desk, Desk::Reaper) && worker.held.is_none() {
            return;
        }
        if worker.frozen {
            actions.push(Action::Wake(desk));
            return;
        }
        let Some(held) = worker.held else {
            if !world.queue.is_empty() {
                actions.push(Action::Work(desk));
            }
            return;
        };
        actions.push(Action::Work(desk));
        if !claim.is_some_and(|claim| held.is(claim)) && !matches!(worker.step, Step::TellFailure(_)) {
            actions.push(Action::Notice(desk));
        }
        if world.spent.faults < self.faults {
            actions.extend([Action::Crash(desk), Action::Freeze(desk)]);
        }
        if matches!(worker.step, Step::Call(_)) && world.spent.failures < self.failures {
            actions.push(Action::CallFails(desk));
        }
        if worker.tells() && world.spent.unheard < self.unheard {
            actions.extend((0..self.waiters).map(|deaf| Action::TellAllBut(desk, deaf)));
        }
    }
}

impl World {
    fn change(&mut self, action: Action, rules: &Rules) -> Result<(), &'static str> {
        match action {
            Action::Ask(place) => self.ask(place, rules)?,
            Action::Hear(place, which) => self.waiters[place].hear(which, rules)?,
            Action::Leave(place) => {
                self.spent.departures += 1;
                self.waiters[place].leave();
            }
            Action::Work(desk) => self.work(desk, None, rules)?,
            Action::TellAllBut(desk, deaf) => {
                self.spent.unheard += 1;
                self.work(desk, Some(deaf), rules)?;
            }
            Action::CallFails(desk) => self.call_fails(desk)?,
            Action::Crash(desk) => {
                self.fault(desk);
                *self.at(desk) = super::worker::Worker::default();
            }
            Action::Freeze(desk) => {
                self.fault(desk);
                self.at(desk).frozen = true;
            }
            Action::Wake(desk) => self.at(desk).frozen = false,
            Action::See => self.sighted = self.queue.claims().first().cloned(),
            Action::Reap => self.reap(rules)?,
            Action::Discard => self.ledger = Seq::new(self.ledger.get() + 1),
            Action::Flush => {
                self.spent.flushes += 1;
                self.queue = Queue::default();
            }
            Action::Forget => self.remembered = None,
            Action::Notice(_) | Action::Abandon => {}
        }
        Ok(())
    }

    fn fault(&mut self, desk: Desk) {
        self.spent.faults += 1;
        self.calls -= isize::from(self.seen_at(desk).may_have_called());
    }

    fn reap(&mut self, rules: &Rules) -> Result<(), &'static str> {
        let Some(seen) = self.sighted.take() else { return Ok(()) };
        let unfair = self.holders(&seen).any(|holder| !holder.frozen);
        let named = match self.queue.claims().first() {
            Some(current) if rules.mistake == Mistake::ReapDoesNotCompare => current.clone(),
            _ => seen,
        };
        let of_the_living =
            self.queue.claims().iter().any(|current| self.holders(current).any(|holder| !holder.frozen));
        self.spent.unfair += usize::from(unfair);
        match self.queue.reap(&worker(), &named, NOW) {
            Reaped::Gone => return Ok(()),
            Reaped::Requeued(_) => {}
            Reaped::Condemned(claim) => self.give_up(&claim),
        }
        if of_the_living && !unfair {
            return Err("who gives signs of life keeps its claim");
        }
        Ok(())
    }
}
