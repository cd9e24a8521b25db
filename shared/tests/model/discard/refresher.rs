//! A refresh: it prepares beside what is answered, and switches.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use imcaxy_shared::discard::Audience;
use imcaxy_shared::entry::{Ledger, NextPicture, Position, Preparing, Seq, Validator};

use super::catalog::{NOW, Picture, digest, entry_of, hash_ledger, own};
use super::rules::{About, Mistake, Rules};
use super::world::World;
use super::writer::last_about_it;

/// What it does next. Since a position it takes what it has fetched.
#[derive(Clone, Debug)]
pub enum Refresher {
    /// Take the position.
    Idle,
    /// Read the ledger, and fetch.
    Fetch { since: Seq },
    /// Have the bytes wait.
    Bytes { since: Seq, picture: Picture, ledger: Rc<Ledger> },
    /// Wait until the discards have reached all replicas that it has read of.
    Reach { since: Seq, picture: Picture, audience: Rc<Audience>, from: u32 },
    /// Have pictures of all variants wait.
    Pictures { since: Seq, picture: Picture },
    /// Commit the switch.
    Switch { since: Seq },
    /// Wait until it has reached all replicas, then write it into the document, and close its rule.
    Switched { since: Seq, at: Seq, audience: Rc<Audience>, from: u32 },
    /// It has reported.
    Done { since: Seq },
    /// Nothing came of it.
    Left,
}

impl Refresher {
    pub const fn is_under_way(&self) -> bool {
        !matches!(self, Self::Idle | Self::Done { .. } | Self::Left)
    }

    pub const fn waits_since(&self) -> Option<u32> {
        match self {
            Self::Reach { from, .. } | Self::Switched { from, .. } => Some(*from),
            _ => None,
        }
    }

    /// What has a smaller stamp is answered no more.
    pub const fn has_switched(&self) -> Option<Seq> {
        match self {
            Self::Done { since } => Some(*since),
            _ => None,
        }
    }

    pub fn hash(&self, age: impl Fn(u32) -> u32, to: &mut impl Hasher) {
        self.waits_since().map(age).hash(to);
        std::mem::discriminant(self).hash(to);
        match self {
            Self::Idle | Self::Left => {}
            Self::Fetch { since } | Self::Switch { since } | Self::Done { since } => since.hash(to),
            Self::Bytes { since, picture, ledger } => {
                (since, picture).hash(to);
                hash_ledger(ledger, true, to);
            }
            Self::Reach { since, picture, audience, .. } => (since, picture, audience).hash(to),
            Self::Pictures { since, picture } => (since, picture).hash(to),
            Self::Switched { since, at, audience, .. } => (since, at, audience).hash(to),
        }
    }
}

impl World {
    pub fn refreshes(&mut self, rules: &Rules) {
        self.refresher = match self.refresher.clone() {
            Refresher::Idle => Refresher::Fetch { since: self.catalog.advance() },
            Refresher::Fetch { since } => {
                let ledger = Rc::clone(&self.catalog.ledger);
                let newest = ledger.newest_against([&own()]).max(self.catalog.source.discarded);
                let picture = self.fetched_now();
                if newest > since { Refresher::Left } else { Refresher::Bytes { since, picture, ledger } }
            }
            Refresher::Bytes { since, picture, ledger } => self.prepares(since, picture, &ledger, rules),
            Refresher::Reach { since, picture, mut audience, from } => {
                if self.has_reached(&mut audience, from) {
                    Refresher::Pictures { since, picture }
                } else {
                    Refresher::Reach { since, picture, audience, from }
                }
            }
            Refresher::Pictures { since, picture } => {
                (0..rules.keys).for_each(|key| self.prepares_picture(picture, key));
                Refresher::Switch { since }
            }
            Refresher::Switch { since } => {
                let at = self.catalog.append_below(since);
                if rules.is(Mistake::SwitchesAreWrittenAtOnce) {
                    self.catalog.outdate(since);
                }
                let audience = Rc::new(Audience::of(self.catalog.ledger.position()));
                Refresher::Switched { since, at, audience, from: self.now }
            }
            Refresher::Switched { since, at, mut audience, from } => {
                if self.has_reached(&mut audience, from) {
                    self.catalog.outdate(since);
                    self.catalog.close(at);
                    Refresher::Done { since }
                } else {
                    Refresher::Switched { since, at, audience, from }
                }
            }
            ended @ (Refresher::Done { .. } | Refresher::Left) => ended,
        };
    }

    fn prepares(&mut self, since: Seq, picture: Picture, ledger: &Ledger, rules: &Rules) -> Refresher {
        self.works_off(ledger);
        let source = Rc::make_mut(&mut self.catalog.source);
        let began =
            if rules.is(Mistake::BytesWaitForASwitchThatIsNotTheirs) { Seq::new(i64::MAX) } else { since };
        match source.prepare(&digest(picture), &Validator::default(), began, NOW) {
            Preparing::Same | Preparing::Waiting => {}
            Preparing::Differs => {
                self.commits(About::Own, rules);
                return Refresher::Left;
            }
            Preparing::TooLate => return Refresher::Left,
        }
        let seq = last_about_it(ledger, rules);
        if seq == Seq::ZERO || rules.is(Mistake::PicturesArePreparedAtOnce) {
            return Refresher::Pictures { since, picture };
        }
        let audience = Rc::new(Audience::of(Position { seq, ..ledger.position() }));
        Refresher::Reach { since, picture, audience, from: self.now }
    }

    fn prepares_picture(&mut self, picture: Picture, key: usize) {
        let next = NextPicture::of((*entry_of(picture)).clone());
        let found = self.catalog.found(key);
        let there = self.catalog.entries[key];
        let Some((entry, _)) = found.awaiting(&next) else { return };
        // It is the entry that was there, or what waited in its place.
        let was_there = there.entry.filter(|there| there.stamp == entry.stamp);
        self.catalog.entries[key].entry = was_there.or(there.next);
        self.catalog.entries[key].next = Some(picture);
    }
}
