//! One API process that has a request for the key: it listens, looks, submits, waits, and looks again.

use std::collections::BTreeSet;

use imcaxy_shared::entry::Seq;
use imcaxy_shared::ports::Submitted;

use super::world::{Mistake, NOW, News, Rules, World, life, submission};

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiter {
    pub step: Step,
    /// The newest discard that was acknowledged before it began.
    began: Seq,
    pub want: Seq,
    /// The life that it waits for.
    pub life: Option<u8>,
    listens: bool,
    /// What it was told and has not heard; nothing rests on the order.
    inbox: BTreeSet<News>,
}

/// What it does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    #[default]
    /// Listen, then look up.
    Begin,
    LookUp,
    /// Only where it is a mistake: listen when all is submitted.
    Listen,
    /// Ask how the awaited life ended.
    AskEnded,
    Submit,
    /// Ask how the life ended that was awaited before the submission gave another.
    AskEndedBefore(u8),
    Wait,
    /// Nothing: it was answered, or it has left.
    Leave,
}

impl Waiter {
    pub fn waits(&self) -> bool {
        !matches!(self.step, Step::Begin | Step::Leave)
    }

    /// Whether the queue knows what it wants.
    pub fn has_submitted(&self) -> bool {
        self.step == Step::Wait
    }

    pub fn is_told(&mut self, news: News) {
        if self.listens {
            self.inbox.insert(news);
        }
    }

    /// Forgets what it would never take: what it wants and the life that it awaits only go on.
    pub fn sorts_out(&mut self) {
        let (want, awaited) = (self.want, self.life);
        self.inbox
            .retain(|news| news.stamp >= want && news.failed.is_none_or(|failed| Some(failed) >= awaited));
    }

    /// How many news it can hear now.
    pub fn news(&self) -> usize {
        if self.step == Step::Wait { self.inbox.len() } else { 0 }
    }

    pub fn leave(&mut self) {
        *self = Self { step: Step::Leave, ..Self::default() };
    }

    fn is_answered(&mut self, stamp: Seq) -> Result<(), &'static str> {
        if stamp < self.began {
            return Err(
                "nobody is answered with what was made before a discard that was acknowledged when they began",
            );
        }
        self.leave();
        Ok(())
    }

    fn is_failed(&mut self, failed: u8, stamp: Seq) -> Result<(), &'static str> {
        if self.life != Some(failed) {
            return Err("a failure reaches only those who wait for the life that failed");
        }
        self.is_answered(stamp)
    }

    /// Takes one of the news.
    pub fn hear(&mut self, which: usize, rules: &Rules) -> Result<(), &'static str> {
        let Some(news) = self.inbox.iter().nth(which).copied() else { return Ok(()) };
        self.inbox.remove(&news);
        let new_enough = news.stamp >= self.want;
        match news.failed {
            None if new_enough || rules.mistake == Mistake::WaitersTakeAnyPicture => {
                self.is_answered(news.stamp)
            }
            Some(failed) if rules.mistake == Mistake::WaitersTakeAnyFailure => {
                self.is_failed(failed, news.stamp)
            }
            Some(failed) if new_enough && self.life == Some(failed) => self.is_failed(failed, news.stamp),
            _ => Ok(()),
        }
    }
}

impl World {
    /// The next step of one waiter. Waiting, it looks again.
    pub fn ask(&mut self, place: usize, rules: &Rules) -> Result<(), &'static str> {
        let late = rules.mistake == Mistake::WaitersListenLateAndLookOnce;
        let once = late || rules.mistake == Mistake::WaitersLookOnce;
        let waiter = &mut self.waiters[place];
        match waiter.step {
            Step::Begin => {
                waiter.began = self.ledger;
                waiter.listens = !late;
                waiter.step = Step::LookUp;
            }
            Step::Listen => {
                waiter.listens = true;
                waiter.step = Step::Wait;
            }
            Step::AskEnded => {
                let awaited = waiter.life;
                waiter.step = Step::Submit;
                return self.ask_ended(place, awaited);
            }
            Step::Submit => {
                self.submit(place);
                let waiter = &mut self.waiters[place];
                if late && waiter.step == Step::Wait {
                    waiter.step = Step::Listen;
                }
            }
            Step::AskEndedBefore(awaited) => {
                waiter.step = Step::Wait;
                let now = waiter.life.replace(awaited);
                self.ask_ended(place, Some(awaited))?;
                let waiter = &mut self.waiters[place];
                if waiter.waits() {
                    waiter.life = now;
                }
            }
            Step::Wait if once => {}
            Step::LookUp | Step::Wait => return self.look_up(place),
            Step::Leave => {}
        }
        Ok(())
    }

    fn look_up(&mut self, place: usize) -> Result<(), &'static str> {
        let (fresh, ledger) = (self.fresh(), self.ledger);
        let waiter = &mut self.waiters[place];
        if let Some(stamp) = fresh {
            return waiter.is_answered(stamp);
        }
        if self.remembered.is_some_and(|stamp| stamp >= ledger) {
            waiter.leave();
            return Ok(());
        }
        waiter.want = waiter.want.max(ledger);
        waiter.step = if waiter.life.is_some() { Step::AskEnded } else { Step::Submit };
        Ok(())
    }

    fn ask_ended(&mut self, place: usize, awaited: Option<u8>) -> Result<(), &'static str> {
        match awaited {
            Some(awaited) => match self.queue.ended(&life(awaited), NOW) {
                Some(ending) => self.waiters[place].is_failed(awaited, ending.stamp),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn submit(&mut self, place: usize) {
        let waiter = &mut self.waiters[place];
        let submitted = self.queue.submit(&submission(waiter.want, self.lives), NOW);
        if matches!(submitted, Submitted::Queued(_)) {
            self.lives += 1;
        }
        let token = submitted.token().expect("no bound, no refusal");
        let now = token.as_str().parse().ok();
        let before = std::mem::replace(&mut waiter.life, now).filter(|before| Some(*before) != now);
        waiter.step = before.map_or(Step::Wait, Step::AskEndedBefore);
    }
}
