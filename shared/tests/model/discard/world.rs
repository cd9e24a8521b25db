//! The world as a value, and what must be true of it.

use std::hash::{Hash, Hasher};

use super::api::{self, Api};
use super::catalog::{Catalog, LEASE, Picture, hash_ledger, hash_source, instant};
use super::discarder::Discarder;
use super::lookup::Look;
use super::refresher::Refresher;
use super::rules::{About, Rules};
use super::writer::Writer;

/// That of the refresh, among the bits of discards.
const REFRESHED: usize = 1 << 15;

/// A state. Two are the same one when they differ in nothing but how late it is.
#[derive(Clone, Debug)]
pub struct World {
    /// What passes while nobody does anything, by all clocks that go on.
    pub now: u32,
    /// Which bytes the source has.
    pub bytes: u8,
    pub catalog: Catalog,
    pub apis: Vec<Api>,
    pub discarders: Vec<Discarder>,
    pub writers: Vec<Writer>,
    pub refresher: Refresher,
    pub spent: Spent,
}

/// What has happened so far of what happens only so often.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub struct Spent {
    pub discards: usize,
    pub departures: usize,
    pub unanswered: usize,
    pub old_reads: usize,
    pub drops: usize,
}

impl World {
    pub fn new(rules: &Rules) -> Self {
        Self {
            now: 0,
            bytes: 0,
            catalog: Catalog::new(rules.keys, rules.keys - rules.unmade),
            apis: vec![Api::new(rules); rules.replicas],
            discarders: Vec::new(),
            writers: vec![Writer::Idle; rules.writers],
            refresher: Refresher::Idle,
            spent: Spent::default(),
        }
    }

    /// Which discards are acknowledged that are about the source, one bit for each, and one for the refresh.
    pub fn acknowledged(&self) -> usize {
        let refreshed = if self.refresher.has_switched().is_some() { REFRESHED } else { 0 };
        let about_it = |one: &Discarder| one.is_acknowledged() && one.about != About::Other;
        self.discarders
            .iter()
            .enumerate()
            .filter(|(_, one)| about_it(one))
            .fold(refreshed, |all, (number, _)| all | 1 << number)
    }

    /// Answers a request that began when these discards were acknowledged.
    pub fn may_answer(&self, picture: Picture, acknowledged: usize) -> Result<(), &'static str> {
        let discarded = (acknowledged & !REFRESHED) >> picture.fetched != 0;
        let replaced = acknowledged & REFRESHED != 0
            && self.refresher.has_switched().is_some_and(|since| picture.stamp < since);
        if discarded || replaced { Err(super::NOTHING_STALE) } else { Ok(()) }
    }

    /// What is true of every state, since a request may begin and be answered in it.
    pub fn check(&self, rules: &Rules) -> Result<(), &'static str> {
        if self.refresher.has_switched().is_some() && self.catalog.source.next.is_some() {
            return Err(super::TAKEN_UP);
        }
        let acknowledged = self.acknowledged();
        let mut answered: Option<u8> = None;
        let answering = || self.apis.iter().filter(|api| api.answers());
        let hits =
            answering().flat_map(|api| (0..rules.keys).filter_map(|key| api.hit(key, self.now, rules)));
        let found = || (0..rules.keys).filter_map(|key| self.catalog.fresh(key, rules));
        for hit in hits {
            self.may_answer(hit, acknowledged)?;
            if answered.get_or_insert(hit.bytes) != &hit.bytes {
                return Err(super::SAME_BYTES);
            }
        }
        if rules.changes > 0
            && answering().next().is_some()
            && found().any(|hit| *answered.get_or_insert(hit.bytes) != hit.bytes)
        {
            return Err(super::SAME_BYTES);
        }
        Ok(())
    }

    pub fn all_are_acknowledged(&self) -> bool {
        self.discarders.iter().all(Discarder::is_acknowledged)
    }

    pub fn all_hold_leases(&self) -> bool {
        self.apis.iter().all(|api| !api.answers() || api.holds_lease(self.now, &Rules::QUIET))
    }

    pub fn all_pictures_count(&self) -> bool {
        (0..self.catalog.entries.len()).all(|key| self.catalog.fresh(key, &Rules::QUIET).is_some())
    }

    pub fn none_refreshes(&self) -> bool {
        !self.refresher.is_under_way()
    }

    /// Whether anything is otherwise after a while.
    pub fn can_wait(&self) -> bool {
        let is_young = |moment: u32| self.age(moment) < LEASE;
        let grows_old = |api: &Api| {
            matches!(api.step, api::Step::Beat { from, .. } if is_young(from))
                || api.tenure.is_held(instant(self.now))
        };
        self.apis.iter().any(grows_old)
            || self.discarders.iter().filter_map(Discarder::waits_since).any(is_young)
            || self.refresher.waits_since().is_some_and(is_young)
    }

    fn age(&self, moment: u32) -> u32 {
        (self.now - moment).min(LEASE)
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (self.bytes, &self.catalog.entries, self.spent).hash(to);
        for replica in &*self.catalog.register {
            (&replica.id, replica.beats, replica.position.as_ref().map(|own| own.seq)).hash(to);
        }
        hash_ledger(&self.catalog.ledger, true, to);
        hash_source(&self.catalog.source, to);
        for api in &self.apis {
            match &api.step {
                api::Step::Beat { from, seq } => (self.age(*from), seq).hash(to),
                other => other.hash(to),
            }
            api.tenure.name().hash(to);
            (0..LEASE).for_each(|later| api.tenure.is_held(instant(self.now + later)).hash(to));
            api.heard.is_some().hash(to);
            api.heard.iter().for_each(|heard| hash_ledger(heard, false, to));
            (&api.memory, &api.news, &api.late).hash(to);
            match &api.look {
                Look::None => 0.hash(to),
                Look::Ledger { key, acknowledged, trims, documents: (entry, source) } => {
                    (1, key, acknowledged, trims, entry).hash(to);
                    hash_source(source, to);
                }
                Look::Again { key, acknowledged, ledger } => {
                    (2, key, acknowledged).hash(to);
                    hash_ledger(ledger, true, to);
                }
                Look::Fill { key, kept } => (3, key, kept).hash(to),
            }
        }
        for one in &self.discarders {
            (one.about, one.waits_since().map(|since| self.age(since))).hash(to);
            one.step.hash(to);
        }
        for writer in &self.writers {
            match writer {
                Writer::Idle => 0.hash(to),
                Writer::Accept { key, picture, ledger } => {
                    (1, key, picture).hash(to);
                    hash_ledger(ledger, true, to);
                }
                Writer::Reach { key, picture, audience, since } => {
                    (5, key, picture, self.age(*since)).hash(to);
                    audience.hash(to);
                }
                Writer::Switch { key, picture, ledger, audience, since } => {
                    (6, key, picture, self.age(*since)).hash(to);
                    audience.hash(to);
                    hash_ledger(ledger, true, to);
                }
                Writer::Record { key, picture } => (2, key, picture).hash(to),
                Writer::Settle { picture } => (3, picture).hash(to),
                Writer::Await(discard) => (4, discard).hash(to),
            }
        }
        self.refresher.hash(|moment| self.age(moment), to);
    }
}
