//! What the catalog holds for one source: its document, its variants, the ledger and the register.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash as _, Hasher};
use std::rc::Rc;
use std::time::Duration;

use imcaxy_shared::entry::{
    Ages, Digest, Entry, Found, Ledger, MadeFrom, Rule, Scope, Seq, Source, SourceRef, Stamped, Verdict,
    judge,
};
use imcaxy_shared::jobs::ReplicaId;
use imcaxy_shared::ports::Replica;
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;

use super::rules::About;
use crate::checker::Mixer;

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const URL: &str = "http://a.test/1.jpg";

#[derive(Clone, Debug)]
pub struct Catalog {
    pub ledger: Rc<Ledger>,
    pub source: Rc<Source>,
    /// The entries, by key.
    pub entries: Vec<Option<Picture>>,
    pub register: Rc<Vec<Replica>>,
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
pub type Documents = (Option<Picture>, Rc<Source>);

impl Catalog {
    pub fn new(keys: usize) -> Self {
        let picture = Picture { stamp: Seq::ZERO, fetched: 0, bytes: 0 };
        let source = Source { digest: Some(digest(picture)), ..build::source(URL, Seq::ZERO) };
        Self {
            ledger: Rc::new(build::ledger(Vec::new())),
            source: Rc::new(source),
            entries: vec![Some(picture); keys],
            register: Rc::default(),
        }
    }

    pub fn seq(&self) -> Seq {
        self.ledger.seq
    }

    /// How many discards there were.
    pub fn discards(&self) -> usize {
        usize::try_from(self.seq().get()).expect("a few")
    }

    pub fn append(&mut self, about: About) {
        let rules: Vec<Rule> = self.ledger.next(&[scope(about)]).collect();
        let ledger = Rc::make_mut(&mut self.ledger);
        ledger.seq = rules[0].at;
        ledger.rules.extend(rules);
    }

    pub fn documents(&self, key: usize) -> Documents {
        (self.entries[key], Rc::clone(&self.source))
    }

    /// Whether a look-up that begins and ends now finds an entry that counts.
    pub fn fresh(&self, key: usize) -> Option<Picture> {
        judged(self.documents(key), &self.ledger)
    }

    /// Writes a discard into the document.
    pub fn outdate(&mut self, below: Seq) {
        if self.source.discarded < below {
            Rc::make_mut(&mut self.source).discarded = below;
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

/// What a look-up that has read this comes to: the picture, if it may be answered.
pub fn judged((entry, source): Documents, ledger: &Ledger) -> Option<Picture> {
    thread_local! {
        static JUDGED: RefCell<HashMap<u64, bool>> = RefCell::default();
    }
    let judge = || {
        let found = Found {
            asked: vec![own()],
            entry: entry.map(|picture| Entry::clone(&entry_of(picture))),
            failure: None,
            sources: vec![Source::clone(&source)],
        };
        matches!(judge(found, ledger, &Ages::NONE, NOW), Verdict::Fresh(_))
    };
    let mut hasher = Mixer::default();
    entry.hash(&mut hasher);
    hash_source(&source, &mut hasher);
    hash_ledger(ledger, false, &mut hasher);
    let counts = JUDGED.with_borrow_mut(|judged| *judged.entry(hasher.finish()).or_insert_with(judge));
    entry.filter(|_| counts)
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
    ledger.rules.iter().for_each(|rule| (rule.at, with_open && rule.open).hash(to));
}

pub fn hash_source(source: &Source, to: &mut impl Hasher) {
    let digest = source.digest.as_ref().map(|digest| (short(&digest.value), digest.stamp));
    let changed_to = source.changed_to.as_ref().map(short);
    (source.discarded, digest, source.changed_at, changed_to, source.unsteady_until).hash(to);
}

/// Enough of it to tell a few apart.
fn short(digest: &Digest) -> &[u8] {
    &digest.as_str().as_bytes()[..8]
}
