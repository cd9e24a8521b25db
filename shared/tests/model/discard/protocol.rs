//! What may happen, and when.

use imcaxy_shared::entry::{Rule, Scope, Seq};

use super::api::Step;
use super::catalog::own;
use super::discarder;
use super::lookup::Look;
use super::refresher::Refresher;
use super::rules::{Mistake, Rules};
use super::world::World;
use super::writer::Writer;
use crate::checker::{Goal, Model};

#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// Half a lease passes.
    TimePasses,
    Enter(usize),
    EnterUnanswered(usize),
    EnterLate(usize),
    /// A replica reads the ledger and says so; those who wait hear it, or do not.
    Read(usize, bool),
    ReadOld(usize),
    Beat(usize),
    Depart(usize),
    Leave(usize),
    Crash(usize),
    /// A hit is answered from memory.
    Hit(usize, usize),
    /// A request asks the catalog for a variant; its look-up goes on.
    Ask(usize, usize),
    GoOnAsking(usize),
    HearNews(usize, usize),
    /// Only where it is a mistake.
    DiscardEarly,
    Commit,
    See(usize),
    StopWaiting(usize),
    Retire(usize),
    /// The rule at this position is written into the document, or closed.
    Outdate(Seq),
    Close(Seq),
    DropRule,
    /// The source gets other bytes.
    Change,
    Fetch(usize, usize),
    GoOnWriting(usize),
    /// The refresh begins, or goes on.
    Refresh,
}

impl Model for Rules {
    type State = World;
    type Action = Action;

    fn start(&self) -> World {
        World::new(self)
    }

    fn actions(&self, world: &World) -> Vec<Action> {
        let mut actions = Vec::new();
        if world.can_wait() {
            actions.push(Action::TimePasses);
        }
        (0..self.replicas).for_each(|place| self.at_replica(world, place, &mut actions));
        if world.spent.discards < self.discards.len() {
            let early = self.is(Mistake::DiscardsLookBeforeTheCommit)
                || self.is(Mistake::DiscardsCountFromBeforeTheCommit)
                || self.is(Mistake::DiscardsAreAcknowledgedBeforeTheCommit);
            let has_begun = world.discarders.len() > world.catalog.discards;
            actions.push(if early && !has_begun { Action::DiscardEarly } else { Action::Commit });
        }
        for (number, one) in world.discarders.iter().enumerate() {
            match one.step {
                discarder::Step::Wait(_) => {
                    actions.push(Action::See(number));
                    if world.has_waited_for_a_lease(number)
                        && !self.is(Mistake::DiscardsWaitForTheSilentForEver)
                    {
                        actions.push(Action::StopWaiting(number));
                    }
                }
                discarder::Step::Retire(_) => actions.push(Action::Retire(number)),
                discarder::Step::Early(_) | discarder::Step::Acknowledged => {}
            }
        }
        if self.upkeep {
            self.at_rules(world, &mut actions);
        }
        if usize::from(world.bytes) < self.changes {
            actions.push(Action::Change);
        }
        for (place, writer) in world.writers.iter().enumerate() {
            match writer {
                Writer::Idle => {
                    let lost = (0..self.keys).filter(|key| world.catalog.fresh(*key, self).is_none());
                    actions.extend(lost.map(|key| Action::Fetch(place, key)));
                }
                _ => actions.push(Action::GoOnWriting(place)),
            }
        }
        let begins = self.refreshes && matches!(world.refresher, Refresher::Idle);
        if begins || world.refresher.is_under_way() {
            actions.push(Action::Refresh);
        }
        actions
    }

    fn step(&self, world: &World, action: Action) -> Result<Option<World>, &'static str> {
        let mut next = world.clone();
        next.change(action, self)?;
        next.check(self)?;
        Ok(Some(next))
    }

    fn is_healthy(&self, world: &World, action: Action) -> bool {
        match action {
            Action::Refresh => world.refresher.is_under_way(),
            Action::TimePasses
            | Action::Enter(_)
            | Action::EnterLate(_)
            | Action::Read(_, true)
            | Action::Beat(_)
            | Action::Leave(_)
            | Action::Hit(..)
            | Action::Ask(..)
            | Action::GoOnAsking(_)
            | Action::HearNews(..)
            | Action::See(_)
            | Action::StopWaiting(_)
            | Action::Retire(_)
            | Action::Outdate(_)
            | Action::Close(_)
            | Action::Fetch(..)
            | Action::GoOnWriting(_) => true,
            Action::EnterUnanswered(_)
            | Action::Read(_, false)
            | Action::ReadOld(_)
            | Action::Depart(_)
            | Action::Crash(_)
            | Action::DiscardEarly
            | Action::Commit
            | Action::DropRule
            | Action::Change => false,
        }
    }

    fn goals(&self) -> Vec<Goal<World>> {
        let mut goals = vec![
            Goal { sentence: super::ACKNOWLEDGED, is_reached: World::all_are_acknowledged },
            Goal { sentence: super::LEASES, is_reached: World::all_hold_leases },
            Goal { sentence: super::REFRESHED, is_reached: World::none_refreshes },
        ];
        if self.writers > 0 && self.changes < 2 {
            goals.push(Goal { sentence: super::MADE_AGAIN, is_reached: World::all_pictures_count });
        }
        goals
    }
}

impl Rules {
    fn at_replica(&self, world: &World, place: usize, actions: &mut Vec<Action>) {
        let api = &world.apis[place];
        if api.late.is_some() {
            actions.push(Action::EnterLate(place));
        }
        let waited_for = world.discarders.iter().any(|one| matches!(one.step, discarder::Step::Wait(_)));
        match &api.step {
            Step::Gone => return,
            Step::Leave(_) => return actions.push(Action::Leave(place)),
            Step::Beat { .. } => actions.push(Action::Beat(place)),
            Step::Go if api.tenure.name().is_some() => {
                actions.push(Action::Read(place, true));
                if waited_for {
                    actions.push(Action::Read(place, false));
                }
                let knows_some = api.heard.as_ref().is_some_and(|heard| !heard.rules.is_empty());
                if world.spent.old_reads < self.old_reads && knows_some {
                    actions.push(Action::ReadOld(place));
                }
            }
            Step::Go => {
                let is_new = api.heard.is_none();
                if is_new || !self.is(Mistake::RefusedReplicasDoNotEnterAgain) {
                    actions.push(Action::Enter(place));
                }
                if world.spent.unanswered < self.unanswered && api.late.is_none() {
                    actions.push(Action::EnterUnanswered(place));
                }
            }
        }
        if world.spent.departures < self.departures {
            actions.extend([Action::Depart(place), Action::Crash(place)]);
        }
        for key in 0..self.keys {
            if api.news[key].is_some() && self.news {
                actions.push(Action::HearNews(place, key));
            }
            if !self.asks {
                continue;
            }
            if api.hit(key, world.now, self).is_none() {
                if matches!(api.look, Look::None) {
                    actions.push(Action::Ask(place, key));
                }
            } else if self.drops > 0 {
                actions.push(Action::Hit(place, key));
            }
        }
        if !matches!(api.look, Look::None) {
            actions.push(Action::GoOnAsking(place));
        }
    }

    fn at_rules(&self, world: &World, actions: &mut Vec<Action>) {
        let source = &world.catalog.source;
        let is_written = |rule: &Rule| !about_it(&rule.scope) || source.discarded >= rule.below;
        for rule in world.catalog.ledger.open() {
            if !is_written(rule) {
                actions.push(Action::Outdate(rule.below));
            }
            if is_written(rule) || self.is(Mistake::RulesAreClosedFirst) {
                actions.push(Action::Close(rule.at));
            }
        }
        let has_closed = world.catalog.ledger.rules.iter().any(|rule| !rule.open);
        if has_closed && world.spent.drops < self.drops {
            actions.push(Action::DropRule);
        }
    }
}

fn about_it(scope: &Scope) -> bool {
    scope.matches(&own())
}

impl World {
    fn change(&mut self, action: Action, rules: &Rules) -> Result<(), &'static str> {
        match action {
            Action::TimePasses => self.now += 1,
            Action::Enter(place) => self.enter(place, rules),
            Action::EnterUnanswered(place) => self.enter_unanswered(place, rules),
            Action::EnterLate(place) => self.enters_late(place),
            Action::Read(place, told) => self.read(place, told, rules),
            Action::ReadOld(place) => self.read_old(place, rules),
            Action::Beat(place) => self.beat(place, rules),
            Action::Depart(place) => self.departs(place, rules),
            Action::Leave(place) => self.leaves(place),
            Action::Crash(place) => self.crashes(place),
            Action::Hit(place, key) => {
                let api = &mut self.apis[place];
                if let (Some(kept), Some(heard)) = (&mut api.memory[key], &api.heard) {
                    kept.seq = kept.seq.max(heard.seq);
                }
            }
            Action::Ask(place, key) => self.asks(place, key),
            Action::GoOnAsking(place) => self.goes_on_asking(place, rules)?,
            Action::HearNews(place, key) => self.hears_news(place, key),
            Action::DiscardEarly => self.begins_early(rules),
            Action::Commit => {
                self.commits(rules.discards[self.spent.discards], rules);
                self.spent.discards += 1;
            }
            Action::See(number) => self.sees(number),
            Action::StopWaiting(number) => self.stops_waiting(number),
            Action::Retire(number) => self.retires_next(number, rules),
            Action::Outdate(below) => self.catalog.outdate(below),
            Action::Close(at) => self.catalog.close(at),
            Action::DropRule => {
                self.spent.drops += 1;
                self.catalog.drop_rule();
            }
            Action::Change => self.bytes += 1,
            Action::Refresh => self.refreshes(rules),
            Action::Fetch(place, key) => self.fetches(place, key, rules),
            Action::GoOnWriting(place) => self.goes_on_writing(place, rules),
        }
        Ok(())
    }
}
