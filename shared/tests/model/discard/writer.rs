//! One who makes a picture of what the source has now, and keeps it.

use std::rc::Rc;

use imcaxy_shared::discard::Audience;
use imcaxy_shared::entry::{Change, Ledger, Position, Seq, Source};

use super::catalog::{LEASE, NOW, Picture, digest, entry_of, own};
use super::rules::{About, Mistake, Rules};
use super::world::World;

/// What it does next.
#[derive(Clone, Debug)]
pub enum Writer {
    /// Read the ledger, and begin to fetch.
    Idle,
    /// Have the digest accepted.
    Accept { key: usize, picture: Picture, ledger: Rc<Ledger> },
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
    pub fn fetches(&mut self, place: usize, key: usize) {
        let ledger = Rc::clone(&self.catalog.ledger);
        let picture = Picture { stamp: ledger.seq, fetched: self.catalog.discards(), bytes: self.bytes };
        self.writers[place] = Writer::Accept { key, picture, ledger };
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
            Writer::Reach { key, picture, mut audience, since } => {
                let reached = Rc::make_mut(&mut audience).see(self.catalog.register.to_vec());
                if reached || self.now - since >= LEASE {
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
        let open: Vec<(Seq, Seq)> = ledger
            .open()
            .filter(|rule| rule.scope.matches(&own()))
            .map(|rule| (rule.at, rule.below))
            .collect();
        open.into_iter().for_each(|(_, below)| self.catalog.outdate(below));
        let fetched = digest(picture);
        if self.catalog.source.accepts(&fetched) {
            Rc::make_mut(&mut self.catalog.source).digest = Some(fetched);
            let seq = ledger.last_about([&own()]);
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

    fn record(&mut self, key: usize, picture: Picture) {
        let made = entry_of(picture);
        let kept = match self.catalog.entries[key] {
            Some(there) if entry_of(there).stays_before(&made) => there,
            _ => picture,
        };
        self.catalog.entries[key] = Some(kept);
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
