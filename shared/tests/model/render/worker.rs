//! One worker with one slot, as far as its place in the work decides what happens next.

use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::ports::{Claim, Ended, Ending, Finished, Room};
use imcaxy_shared::testing::build;

use super::world::{Held, Mistake, NOW, News, Rules, World, worker};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker {
    pub frozen: bool,
    /// What it works on.
    pub held: Option<Held>,
    pub step: Step,
}

/// What it does next. A crash or a freeze can come before each. What follows at once is one step where nobody can tell the
/// difference: an announcement that a crash swallowed is one that nobody heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    #[default]
    Take,
    /// Look for the entry; read the ledger if it is not there.
    LookUp,
    Renew(Seq),
    /// Call imaginary and tell of the picture.
    Call(Seq),
    /// Record the picture and tell of what is kept.
    Record(Seq),
    Finish(Seq),
    /// Remember the failure of a job that was given up.
    Remember,
    Fail(Seq),
    TellFailure(Seq),
}

impl Worker {
    /// Whether it has begun a call, or will without asking, and nothing is recorded of it yet.
    pub fn may_have_called(&self) -> bool {
        matches!(self.step, Step::Call(_) | Step::Record(_))
    }

    pub fn tells(&self) -> bool {
        matches!(self.step, Step::LookUp | Step::Call(_) | Step::Record(_) | Step::TellFailure(_))
    }

    fn goes_on_with(&mut self, step: Step) {
        self.step = step;
        if let (Some(held), Step::Renew(_) | Step::Finish(_) | Step::TellFailure(_)) = (&mut self.held, step)
        {
            // Looked at no more: not two states that differ in it alone.
            held.want = Seq::ZERO;
        }
    }

    fn is_free(&mut self) {
        *self = Self::default();
    }
}

/// Where somebody works.
#[derive(Clone, Copy, Debug)]
pub enum Desk {
    Worker(usize),
    Reaper,
}

impl World {
    pub fn at(&mut self, desk: Desk) -> &mut Worker {
        match desk {
            Desk::Worker(place) => &mut self.workers[place],
            Desk::Reaper => &mut self.reaper,
        }
    }

    pub fn seen_at(&self, desk: Desk) -> Worker {
        match desk {
            Desk::Worker(place) => self.workers[place],
            Desk::Reaper => self.reaper,
        }
    }

    /// The next step at one desk; `deaf` does not hear what is told.
    pub fn work(&mut self, desk: Desk, deaf: Option<usize>, rules: &Rules) -> Result<(), &'static str> {
        let Worker { held: Some(held), step, .. } = self.seen_at(desk) else {
            self.take(desk);
            return Ok(());
        };
        let next = match step {
            Step::Take => return Ok(()),
            Step::LookUp => match self.fresh() {
                Some(kept) if kept >= held.want && rules.mistake != Mistake::WorkersDoNotLookFirst => {
                    self.announce(News::picture(kept), deaf);
                    Step::Finish(kept)
                }
                _ => match self.remembered {
                    Some(stamp) if stamp >= self.ledger.max(held.want) => Step::Fail(stamp),
                    _ => Step::Renew(self.ledger),
                },
            },
            Step::Renew(stamp) => {
                if !self.renew(held, rules) {
                    self.at(desk).is_free();
                    return Ok(());
                }
                Step::Call(stamp)
            }
            Step::Call(stamp) => {
                self.call()?;
                self.announce(News::picture(stamp), deaf);
                Step::Record(stamp)
            }
            Step::Record(stamp) => {
                let kept = self.record(stamp, rules)?;
                self.announce(News::picture(kept), deaf);
                Step::Finish(stamp)
            }
            Step::Finish(stamp) => {
                self.finish(held, &Ending::done(stamp), rules)?;
                self.at(desk).is_free();
                return Ok(());
            }
            Step::Remember => {
                self.remembered = self.remembered.max(Some(held.want));
                Step::Fail(held.want)
            }
            Step::Fail(stamp) => {
                if self.finish(held, &failed(stamp), rules)? != Finished::Released {
                    self.at(desk).is_free();
                    return Ok(());
                }
                Step::TellFailure(stamp)
            }
            Step::TellFailure(stamp) => {
                self.announce(News { failed: Some(held.life), stamp }, deaf);
                self.at(desk).is_free();
                return Ok(());
            }
        };
        self.at(desk).goes_on_with(next);
        Ok(())
    }

    /// imaginary is called, and fails.
    pub fn call_fails(&mut self, desk: Desk) -> Result<(), &'static str> {
        if let Step::Call(stamp) = self.at(desk).step {
            self.spent.failures += 1;
            self.call()?;
            self.at(desk).goes_on_with(Step::Fail(stamp));
        }
        Ok(())
    }

    /// A renewal while it works tells it whether its claim is lost; then it stops.
    pub fn notice(&mut self, desk: Desk, rules: &Rules) {
        if let Some(held) = self.seen_at(desk).held
            && !self.clone().renew(held, rules)
        {
            self.at(desk).is_free();
        }
    }

    /// A reaper was given a job that was lost too often.
    pub fn give_up(&mut self, claim: &Claim) {
        self.reaper = Worker { frozen: false, held: Some(Held::of(claim)), step: Step::Remember };
    }

    fn take(&mut self, desk: Desk) {
        let room = Room { share: 1, ..build::room(1) };
        let taken = self.queue.take(&worker(), &room, NOW);
        if let Some(claim) = taken.claims.first() {
            *self.at(desk) = Worker { frozen: false, held: Some(Held::of(claim)), step: Step::LookUp };
        }
    }

    fn renew(&mut self, held: Held, rules: &Rules) -> bool {
        let mut claim = held.claim();
        if rules.mistake == Mistake::RenewIgnoresTheAttempt {
            claim.attempt = self.current_attempt().unwrap_or(claim.attempt);
        }
        self.queue.renew(&[&claim]) == [true]
    }

    fn call(&mut self) -> Result<(), &'static str> {
        if self.calls_allowed() == 0 {
            return Err("imaginary is called once, and once more at most for each misfortune");
        }
        self.calls += 1;
        Ok(())
    }

    fn finish(&mut self, held: Held, ending: &Ending, rules: &Rules) -> Result<Finished, &'static str> {
        let mut claim = held.claim();
        let current = self.queue.claims();
        let holds = current.iter().any(|seen| held.is(seen));
        if holds && current.iter().any(|seen| self.holders(seen).count() > 1) {
            return Err("at most one worker can end a life");
        }
        if rules.mistake == Mistake::FinishIgnoresTheAttempt {
            claim.attempt = self.current_attempt().unwrap_or(claim.attempt);
        }
        let mut told = ending.clone();
        if rules.mistake == Mistake::FinishIgnoresWhatIsWanted {
            told.stamp = Seq::new(i64::MAX);
        }
        let before = self.queue.clone();
        let finished = self.queue.finish(&claim, &told, NOW);
        if !holds && (finished != Finished::Lost || self.queue != before) {
            return Err("a worker whose claim was taken away changes nothing");
        }
        let unserved = |world: &Self| {
            let mut waiters = world.waiters.iter();
            waiters.any(|waiter| {
                waiter.life == Some(held.life) && waiter.has_submitted() && waiter.want > ending.stamp
            })
        };
        if finished == Finished::Released && ending.ended == Ended::Done && unserved(self) {
            return Err("no life ends as done with less than those want who wait for it");
        }
        Ok(finished)
    }

    fn current_attempt(&self) -> Option<u32> {
        self.queue.claims().first().map(|seen| seen.attempt)
    }
}

fn failed(stamp: Seq) -> Ending {
    let failure = Failure::new(FailureCode::SourceFailed, "");
    Ending { ended: Ended::Failed(failure), stamp, sources: Vec::new() }
}
