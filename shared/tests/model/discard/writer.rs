//! One who makes a picture of what the source has now, and keeps it.

use std::rc::Rc;

use imcaxy_shared::discard::Audience;
use imcaxy_shared::entry::{Change, DigestVerdict, Ledger, Position, Rule, Seq, Source, Validator};

use super::catalog::{NOW, Picture, digest, entry_of, own};
use super::rules::{About, Mistake, Rules};
use super::world::World;

/// What it does next.
#[derive(Clone, Debug)]
pub enum Writer {
    /// Read the ledger, and begin to fetch.
    Idle,
    /// Have the digest accepted.
    Accept { key: usize, picture: Picture, ledger: Rc<Ledger> },
    /// Wait until a switch that it has read of has reached all, before it writes that down.
    Switch { key: usize, picture: Picture, ledger: Rc<Ledger>, audience: Rc<Audience>, since: u32 },
    /// Wait until no replica answers with what the discards outdate that it has read of.
    Reach { key: usize, picture: Picture, audience: Rc<Audience>, since: u32 },
    /// Record the picture, and tell of it.
    Record { key: usize, picture: Picture },
    /// Find out why the digest was not accepted.
    Settle { picture: Picture },
    /// Wait until the discard of a change is acknowledged.
    Await(usize),
}

impl World {
    pub fn fetches(&mut self, place: usize, key: usize, rules: &Rules) {
        let ledger = Rc::clone(&self.catalog.ledger);
        let picture = self.fetched_now();
        let switches =
            ledger.open().any(Rule::is_switch) && !rules.is(Mistake::SwitchesAreWrittenByWhoFindsThem);
        self.writers[place] = if switches {
            let audience = Rc::new(Audience::of(ledger.position()));
            Writer::Switch { key, picture, ledger, audience, since: self.now }
        } else {
            Writer::Accept { key, picture, ledger }
        };
    }

    /// A picture of what the source has now, with the position that the ledger has.
    pub fn fetched_now(&self) -> Picture {
        Picture { stamp: self.catalog.seq(), fetched: self.catalog.discards, bytes: self.bytes }
    }

    pub fn goes_on_writing(&mut self, place: usize, rules: &Rules) {
        let next = match self.writers[place].clone() {
            Writer::Idle => Writer::Idle,
            Writer::Accept { key, mut picture, mut ledger } => {
                if rules.is(Mistake::StampsAreReadAfterTheFetch) {
                    ledger = Rc::clone(&self.catalog.ledger);
                    picture.stamp = ledger.seq;
                }
                self.accept(key, picture, &ledger, rules)
            }
            Writer::Switch { key, picture, ledger, mut audience, since } => {
                if self.has_reached(&mut audience, since) {
                    Writer::Accept { key, picture, ledger }
                } else {
                    Writer::Switch { key, picture, ledger, audience, since }
                }
            }
            Writer::Reach { key, picture, mut audience, since } => {
                if self.has_reached(&mut audience, since) {
                    Writer::Record { key, picture }
                } else {
                    Writer::Reach { key, picture, audience, since }
                }
            }
            Writer::Record { key, picture } => {
                self.record(key, picture);
                Writer::Idle
            }
            Writer::Settle { picture } => self.settle(picture, rules),
            Writer::Await(discard) if self.discarders[discard].is_acknowledged() => Writer::Idle,
            waits @ Writer::Await(_) => waits,
        };
        self.writers[place] = next;
    }

    fn accept(&mut self, key: usize, picture: Picture, ledger: &Ledger, rules: &Rules) -> Writer {
        self.works_off(ledger);
        let source = Rc::make_mut(&mut self.catalog.source);
        if source.accept(&digest(picture), &Validator::default(), NOW) == DigestVerdict::Accepted {
            let seq = last_about_it(ledger, rules);
            if seq == Seq::ZERO || rules.is(Mistake::PicturesAreKeptAtOnce) {
                return Writer::Record { key, picture };
            }
            let audience = Rc::new(Audience::of(Position { seq, ..ledger.position() }));
            Writer::Reach { key, picture, audience, since: self.now }
        } else if rules.is(Mistake::OtherBytesAreKept) {
            Writer::Record { key, picture }
        } else {
            Writer::Settle { picture }
        }
    }

    /// Writes the discards that it has read of into the document.
    pub fn works_off(&mut self, ledger: &Ledger) {
        let own: Vec<Seq> =
            ledger.open().filter(|rule| rule.scope.matches(&own())).map(|rule| rule.below).collect();
        own.into_iter().for_each(|below| self.catalog.outdate(below));
    }

    fn record(&mut self, key: usize, picture: Picture) {
        let made = entry_of(picture);
        let there = &mut self.catalog.entries[key];
        let kept = match there.entry {
            Some(there) if entry_of(there).stays_before(&made) => there,
            _ => {
                there.next = there.next.filter(|next| next.stamp > picture.stamp);
                picture
            }
        };
        there.entry = Some(kept);
        self.apis.iter_mut().filter(|api| api.answers()).for_each(|api| api.news[key] = Some(kept));
    }

    fn settle(&mut self, picture: Picture, rules: &Rules) -> Writer {
        if self.catalog.ledger.newest_against([&own()]) > picture.stamp {
            return Writer::Idle;
        }
        let source: &mut Source = Rc::make_mut(&mut self.catalog.source);
        match source.note_change(&digest(picture), NOW) {
            Change::Found => {
                let discard = self.discarders.len();
                self.commits(About::Own, rules);
                Writer::Await(discard)
            }
            Change::Known => Writer::Settle { picture },
            Change::Unsteady | Change::Over => Writer::Idle,
        }
    }
}

/// What a writer waits for before it keeps what it has made.
pub fn last_about_it(ledger: &Ledger, rules: &Rules) -> Seq {
    if rules.is(Mistake::DroppedRulesAreAboutNothing) {
        let about_it = |rule: &&Rule| rule.below > Seq::ZERO && rule.scope.matches(&own());
        return ledger.rules.iter().rfind(about_it).map_or(Seq::ZERO, |rule| rule.at);
    }
    ledger.last_about([&own()])
}
