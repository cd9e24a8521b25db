//! What the catalog holds for one source: its document, its variants, the ledger and the register.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash as _, Hasher};
use std::rc::Rc;
use std::time::Duration;

use imcaxy_shared::entry::{
    Ages, Digest, Entry, Found, Ledger, MadeFrom, NextPicture, Rule, Scope, Seq, Source, SourceRef, Stamped,
    Verdict, judge,
};
use imcaxy_shared::jobs::ReplicaId;
use imcaxy_shared::ports::Replica;
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;

use super::rules::{About, Mistake, Rules};
use crate::checker::Mixer;

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const URL: &str = "http://a.test/1.jpg";

#[derive(Clone, Debug)]
pub struct Catalog {
    pub ledger: Rc<Ledger>,
    pub source: Rc<Source>,
    /// What there is of each key.
    pub entries: Vec<Variant>,
    pub register: Rc<Vec<Replica>>,
    /// How many discards were committed.
    pub discards: usize,
}

/// What there is of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Variant {
    pub entry: Option<Picture>,
    /// What waits in its place.
    pub next: Option<Picture>,
}

/// A rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picture {
    pub stamp: Seq,
    /// How many discards were committed before its fetch began: what is true, and nobody knows.
    pub fetched: usize,
    /// Which bytes of the source it was made from.
    pub bytes: u8,
}

/// What a look-up has read besides the ledger.
pub type Documents = (Variant, Rc<Source>);

impl Catalog {
    /// With the first `made` of so many keys.
    pub fn new(keys: usize, made: usize) -> Self {
        let picture = Picture { stamp: Seq::ZERO, fetched: 0, bytes: 0 };
        let variant = |key| Variant { entry: (key < made).then_some(picture), next: None };
        let source = Source { digest: Some(digest(picture)), ..build::source(URL, Seq::ZERO) };
        Self {
            ledger: Rc::new(build::ledger(Vec::new())),
            source: Rc::new(source),
            entries: (0..keys).map(variant).collect(),
            register: Rc::default(),
            discards: 0,
        }
    }

    pub fn seq(&self) -> Seq {
        self.ledger.seq
    }

    pub fn append(&mut self, about: About) {
        let rules: Vec<Rule> = self.ledger.next(&[scope(about)]).collect();
        self.add(rules);
        self.discards += 1;
    }

    /// Appends a switch; answers its position.
    pub fn append_below(&mut self, since: Seq) -> Seq {
        let rules: Vec<Rule> = self.ledger.next_below(&[scope(About::Own)], since).collect();
        self.add(rules)
    }

    /// Moves the position on.
    pub fn advance(&mut self) -> Seq {
        self.add(vec![self.ledger.advance()])
    }

    fn add(&mut self, rules: Vec<Rule>) -> Seq {
        let ledger = Rc::make_mut(&mut self.ledger);
        ledger.seq = rules[0].at;
        ledger.rules.extend(rules);
        ledger.seq
    }

    pub fn documents(&self, key: usize) -> Documents {
        (self.entries[key], Rc::clone(&self.source))
    }

    /// Whether a look-up that begins and ends now finds a picture that counts.
    pub fn fresh(&self, key: usize, rules: &Rules) -> Option<Picture> {
        let (variant, mut source) = self.documents(key);
        if rules.is(Mistake::WhatWaitsCountsFromTheCommit) {
            let source = Rc::make_mut(&mut source);
            source.discarded = source.discarded.max(self.ledger.newest_against([&own()]));
            source.switch();
        }
        judged(&(variant, source), &self.ledger)
    }

    /// What is read of a key, with its source.
    pub fn found(&self, key: usize) -> Found {
        found(self.documents(key))
    }

    /// Writes a discard into the document.
    pub fn outdate(&mut self, below: Seq) {
        if self.source.discarded < below {
            let source = Rc::make_mut(&mut self.source);
            source.discarded = below;
            source.switch();
        }
    }

    pub fn close(&mut self, at: Seq) {
        let ledger = Rc::make_mut(&mut self.ledger);
        ledger.rules.iter_mut().filter(|rule| rule.at == at).for_each(|rule| rule.open = false);
    }

    /// Drops the oldest closed rule.
    pub fn drop_rule(&mut self) {
        let ledger = Rc::make_mut(&mut self.ledger);
        if let Some(closed) = ledger.rules.iter().position(|rule| !rule.open) {
            ledger.rules.remove(closed);
            ledger.trims += 1;
        }
    }

    pub fn is_registered(&self, name: &ReplicaId) -> bool {
        self.register.iter().any(|replica| replica.id == *name)
    }

    pub fn enter(&mut self, name: &ReplicaId) {
        if !self.is_registered(name) {
            let replica = Replica { id: name.clone(), position: None, beats: 0, seen_at: NOW };
            let register = Rc::make_mut(&mut self.register);
            register.push(replica);
            register.sort_by(|one, other| one.id.cmp(&other.id));
        }
    }

    pub fn leave(&mut self, name: &ReplicaId) {
        if self.is_registered(name) {
            Rc::make_mut(&mut self.register).retain(|replica| replica.id != *name);
        }
    }
}

/// What a look-up that has read this comes to: the picture, if one may be answered.
pub fn judged(documents: &Documents, ledger: &Ledger) -> Option<Picture> {
    thread_local! {
        static JUDGED: RefCell<HashMap<u64, Option<Picture>>> = RefCell::default();
    }
    let (variant, source) = documents;
    let mut hasher = Mixer::default();
    variant.hash(&mut hasher);
    hash_source(source, &mut hasher);
    hash_ledger(ledger, false, &mut hasher);
    let judge = || match judge(found(documents.clone()), ledger, &Ages::NONE, NOW) {
        Verdict::Fresh(entry) if entry.next.is_none() => variant.next.or(variant.entry),
        Verdict::Fresh(_) => variant.entry,
        _ => None,
    };
    JUDGED.with_borrow_mut(|judged| *judged.entry(hasher.finish()).or_insert_with(judge))
}

fn found((variant, source): Documents) -> Found {
    let next = variant.next.map(|next| Box::new(NextPicture::of(Entry::clone(&entry_of(next)))));
    Found {
        asked: vec![own()],
        entry: variant.entry.map(|entry| Entry { next, ..Entry::clone(&entry_of(entry)) }),
        failure: None,
        sources: vec![Source::clone(&source)],
    }
}

/// The entry of a picture.
pub fn entry_of(picture: Picture) -> Rc<Entry> {
    thread_local! {
        static MADE: RefCell<HashMap<Picture, Rc<Entry>>> = RefCell::default();
    }
    let make = || {
        let sources = vec![MadeFrom::new(own(), digest(picture).value)];
        Rc::new(Entry { sources, ..build::entry(URL, picture.stamp) })
    };
    MADE.with_borrow_mut(|made| Rc::clone(made.entry(picture).or_insert_with(make)))
}

/// What a fetch for this picture has brought.
pub fn digest(picture: Picture) -> Stamped<Digest> {
    Stamped { value: Digest::of(&[picture.bytes]), stamp: picture.stamp }
}

pub fn own() -> SourceRef {
    thread_local! {
        static OWN: SourceRef = build::source_ref(URL);
    }
    OWN.with(Clone::clone)
}

pub fn scope(about: About) -> Scope {
    match about {
        About::Own => Scope::Source(own().id),
        About::Other => Scope::Source(build::source_ref("http://a.test/2.jpg").id),
        About::Everything => Scope::Everything,
    }
}

/// The name of a replica of a `place`, which is `number` of its own.
pub fn name(place: usize, number: usize) -> ReplicaId {
    ReplicaId::from_queue(format!("{place}.{number}"))
}

/// How many moments a lease lasts.
pub const LEASE: u32 = 1;

/// A moment by the clock that goes on.
pub fn instant(moment: u32) -> Duration {
    imcaxy_shared::ports::REPLICA_LEASE * moment / LEASE
}

/// Whether rules are open is none of the business of who answers.
pub fn hash_ledger(ledger: &Ledger, with_open: bool, to: &mut impl Hasher) {
    (ledger.seq, ledger.trims, ledger.rules.len()).hash(to);
    ledger.rules.iter().for_each(|rule| (rule.at, rule.below, with_open && rule.open).hash(to));
}

pub fn hash_source(source: &Source, to: &mut impl Hasher) {
    let digest = source.digest.as_ref().map(|digest| (short(&digest.value), digest.stamp));
    let changed_to = source.changed_to.as_ref().map(short);
    let next = source.next.as_ref().map(|next| (short(&next.digest.value), next.digest.stamp));
    (source.discarded, digest, next, source.changed_at, changed_to, source.unsteady_until).hash(to);
}

/// Enough of it to tell a few apart.
fn short(digest: &Digest) -> &[u8] {
    &digest.as_str().as_bytes()[..8]
}
