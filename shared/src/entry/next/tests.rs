use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::entry::{Ages, Change, Found, Ledger, Rule, Scope, Verdict, judge};
use crate::testing::build;

const URL: &str = "http://a.test/1.jpg";
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn bytes(version: u8) -> Digest {
    Digest::of(&[version])
}

fn stamped(version: u8, stamp: i64) -> Stamped<Digest> {
    Stamped { value: bytes(version), stamp: Seq::new(stamp) }
}

/// A source with the first bytes, and with second ones that wait.
fn source(stamp: i64, next: Option<i64>) -> Source {
    let next = next.map(|at| NextBytes { digest: stamped(2, at), validator: Validator::default() });
    Source { digest: Some(stamped(1, stamp)), next, ..build::source(URL, Seq::ZERO) }
}

#[test]
fn a_source_has_what_waits_when_a_discard_outdates_its_digest_and_not_that() {
    for (digest, next, newest, has) in [
        (3, None, 3, Some(1)),
        (3, Some(5), 3, Some(1)),
        (3, Some(5), 4, Some(2)),
        (3, Some(5), 5, Some(2)),
        (3, Some(5), 6, None),
        (3, None, 4, None),
        (7, Some(5), 4, Some(1)),
    ] {
        let has_now = source(digest, next).has(Seq::new(newest)).cloned();
        assert_eq!(has_now, has.map(bytes), "{digest} {next:?} against {newest}");
    }
}

#[test]
fn what_waits_is_taken_up_or_dropped_when_the_digest_is_outdated() {
    for (discarded, changed, digest, waits) in
        [(3, false, 1, true), (4, true, 2, false), (5, true, 2, false), (6, true, 1, false)]
    {
        let mut source = Source { discarded: Seq::new(discarded), ..source(3, Some(5)) };
        assert_eq!(source.switch(), changed, "discarded at {discarded}");
        let known = source.digest.map(|digest| digest.value);
        assert_eq!((known, source.next.is_some()), (Some(bytes(digest)), waits), "discarded at {discarded}");
    }
}

#[test]
fn until_it_is_taken_up_only_what_waits_stands_for_an_outdated_digest() {
    let mut source = Source { discarded: Seq::new(4), ..source(3, Some(5)) };
    let accept = |source: &mut Source, version, stamp| {
        source.accept(&stamped(version, stamp), &Validator::default(), NOW)
    };
    assert_eq!(accept(&mut source.clone(), 1, 6), DigestVerdict::Differs);
    assert_eq!(source.clone().note_change(&stamped(3, 6), NOW), Change::Found);
    assert_eq!(source.clone().note_change(&stamped(2, 6), NOW), Change::Over);
    assert_eq!(accept(&mut source, 2, 6), DigestVerdict::Accepted);
    assert_eq!((&source.digest, &source.next), (&Some(stamped(2, 6)), &None));
    assert_eq!(accept(&mut source, 2, 5), DigestVerdict::Accepted);
    let stamps = (source.digest.map(|known| known.stamp), source.validator.map(|known| known.stamp));
    assert_eq!(
        stamps,
        (Some(Seq::new(6)), Some(Seq::new(6))),
        "what was said of equal bytes was said of these"
    );
}

#[test]
fn equal_bytes_are_those_of_the_source_and_others_wait_unless_others_do() {
    let prepare = |source: &mut Source, version, stamp| {
        source.prepare(&stamped(version, stamp), &Validator::default(), Seq::new(6), NOW)
    };
    let waits = |source: &Source| source.next.as_ref().map(|next| next.digest.clone());
    let mut source = source(3, None);
    assert_eq!(prepare(&mut source, 1, 5), Preparing::Same);
    assert_eq!((source.digest.clone(), waits(&source)), (Some(stamped(1, 5)), None));
    assert_eq!(prepare(&mut source, 2, 6), Preparing::Waiting);
    assert_eq!((source.digest.clone(), waits(&source)), (Some(stamped(1, 5)), Some(stamped(2, 6))));
    for (version, stamp) in [(3, 5), (3, 7), (1, 7)] {
        assert_eq!(prepare(&mut source, version, stamp), Preparing::Differs, "{version} at {stamp}");
    }
    assert_eq!(prepare(&mut source, 2, 5), Preparing::Waiting);
    assert_eq!(waits(&source), Some(stamped(2, 6)));
    assert_eq!(source.digest, Some(stamped(1, 5)));
    source.discarded = Seq::new(9);
    assert_eq!(prepare(&mut source, 2, 8), Preparing::TooLate, "discarded since");
    assert_eq!(prepare(&mut source, 2, 9), Preparing::Same, "the first since");
    assert_eq!(source.digest, Some(stamped(2, 9)));
}

#[test]
fn no_bytes_wait_for_a_refresh_whose_switch_leaves_alone_what_the_source_has() {
    for (waits, discarded, since, version, expected) in [
        (None, 0, 4, 2, Preparing::Waiting),
        (None, 0, 3, 2, Preparing::Differs),
        (None, 0, 2, 2, Preparing::Differs),
        (None, 0, 2, 1, Preparing::Same),
        (None, 4, 2, 2, Preparing::Same),
        (Some(5), 0, 4, 2, Preparing::Waiting),
        (Some(5), 0, 3, 2, Preparing::Differs),
        (Some(5), 4, 2, 2, Preparing::Same),
        (Some(5), 4, 2, 1, Preparing::Differs),
        (Some(5), 6, 2, 2, Preparing::Same),
    ] {
        let mut source = Source { discarded: Seq::new(discarded), ..source(3, waits) };
        let prepared = source.prepare(&stamped(version, 7), &Validator::default(), Seq::new(since), NOW);
        assert_eq!(prepared, expected, "{waits:?}, discarded at {discarded}, since {since}");
    }
}

#[test]
fn what_waits_is_newer_than_the_entry_and_the_first_of_its_stamp() {
    let next = |stamp| NextPicture::of(build::entry(URL, Seq::new(stamp)));
    let mut entry = build::entry(URL, Seq::new(3));
    assert!(!entry.awaits(&next(3)) && entry.awaits(&next(4)));
    entry.next = Some(Box::new(next(4)));
    assert!(!entry.awaits(&next(4)) && entry.awaits(&next(5)));
    let newer = |stamp| build::entry(URL, Seq::new(stamp));
    assert_eq!(newer(3).still_waiting(&entry), entry.next);
    assert_eq!(newer(4).still_waiting(&entry), None);
    assert_eq!(newer(3).replacing(entry.clone()).len(), 1);
    assert_eq!(newer(4).replacing(entry).len(), 2);
}

/// One step of somebody, in any order of them all.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The origin shows other bytes.
    Change(u8),
    /// A render of a variant fetches.
    Fetch(usize),
    /// It goes on with what it has fetched.
    Keep(usize),
    /// A request asks for a variant.
    Ask(usize),
    Discard,
    /// Open rules are written into the document.
    WorkOff,
    /// A refresh takes its position; there may be two at a time.
    Begin(usize),
    /// It fetches the source.
    FetchNext(usize),
    /// It has what it has fetched wait.
    PrepareBytes(usize),
    /// It renders a variant from that.
    PreparePicture(usize, usize),
    Switch(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_u8..4).prop_map(Step::Change),
        (0_usize..2).prop_map(Step::Fetch),
        (0_usize..2).prop_map(Step::Keep),
        (0_usize..2).prop_map(Step::Ask),
        Just(Step::Discard),
        Just(Step::WorkOff),
        (0_usize..2).prop_map(Step::Begin),
        (0_usize..2).prop_map(Step::FetchNext),
        (0_usize..2).prop_map(Step::PrepareBytes),
        (0_usize..2, 0_usize..2).prop_map(|(refresh, variant)| Step::PreparePicture(refresh, variant)),
        (0_usize..2).prop_map(Step::Switch),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Refresh {
    seq: Seq,
    fetched: Option<(u8, Seq)>,
    /// What waits, or is the source's.
    prepared: Option<(u8, Seq)>,
}

/// One source and two variants of it, one replica, and all who write.
struct World {
    origin: u8,
    ledger: Ledger,
    source: Source,
    entries: [Option<Entry>; 2],
    /// What the replica was told by the catalog, with the position of the ledger.
    confirmed: [Option<(Entry, Seq)>; 2],
    fetched: [Option<(u8, Seq)>; 2],
    refreshes: [Option<Refresh>; 2],
    /// Since the last switch nothing with a smaller stamp is answered.
    switched: Seq,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        Self {
            origin: 1,
            ledger: build::ledger(vec![]),
            source: Source { digest: None, ..build::source(URL, Seq::ZERO) },
            entries: [None, None],
            confirmed: [None, None],
            fetched: [None, None],
            refreshes: [None, None],
            switched: Seq::ZERO,
            now: NOW,
        }
    }

    fn take(&mut self, step: Step) {
        // Changes lie so far apart that a source is never unsteady.
        self.now = self.now.plus(Duration::from_secs(120));
        match step {
            Step::Change(version) => self.origin = version,
            Step::Fetch(variant) => self.fetched[variant] = Some((self.origin, self.ledger.seq)),
            Step::Keep(variant) => self.keep(variant),
            Step::Ask(variant) => {
                if let Some(entry) = self.answer(variant) {
                    self.confirmed[variant] = Some((entry, self.ledger.seq));
                }
            }
            Step::Discard => self.append(|ledger, scopes| ledger.next(scopes).collect()),
            Step::WorkOff => self.work_off(self.ledger.seq),
            Step::Begin(number) => {
                self.ledger = with(&self.ledger, vec![self.ledger.advance()]);
                let seq = self.ledger.seq;
                self.refreshes[number] = Some(Refresh { seq, fetched: None, prepared: None });
            }
            Step::FetchNext(number) => {
                let fetched = (self.origin, self.ledger.seq);
                if let Some(refresh) = &mut self.refreshes[number] {
                    (refresh.fetched, refresh.prepared) = (Some(fetched), None);
                }
            }
            Step::PrepareBytes(number) => self.prepare_bytes(number),
            Step::PreparePicture(number, variant) => self.prepare_picture(number, variant),
            Step::Switch(number) => {
                if let Some(Refresh { seq, prepared: Some(_), .. }) = self.refreshes[number].take() {
                    self.append(|ledger, scopes| ledger.next_below(scopes, seq).collect());
                    self.switched = self.switched.max(seq);
                }
            }
        }
    }

    fn append(&mut self, next: impl FnOnce(&Ledger, &[Scope]) -> Vec<Rule>) {
        let scopes = [Scope::Source(self.source.id.clone())];
        let rules = next(&self.ledger, &scopes);
        self.ledger = with(&self.ledger, rules);
    }

    /// What was committed up to a position.
    fn work_off(&mut self, until: Seq) {
        for rule in self.ledger.rules.iter_mut().filter(|rule| rule.open && rule.at <= until) {
            self.source.discarded = self.source.discarded.max(rule.below);
            rule.open = false;
        }
        self.source.switch();
    }

    fn keep(&mut self, variant: usize) {
        let Some((version, stamp)) = self.fetched[variant].take() else { return };
        self.work_off(stamp);
        let fetched = Stamped { value: bytes(version), stamp };
        if self.source.accept(&fetched, &Validator::default(), self.now) == DigestVerdict::Accepted {
            let made = made(variant, version, stamp);
            let there = self.entries[variant].take();
            self.entries[variant] = Some(match there {
                Some(there) if there.stays_before(&made) => there,
                Some(there) => Entry { next: made.still_waiting(&there), ..made },
                None => made,
            });
        } else if self.ledger.newest_against([&build::source_ref(URL)]) <= stamp
            && self.source.note_change(&fetched, self.now) == Change::Found
        {
            self.append(|ledger, scopes| ledger.next(scopes).collect());
            self.work_off(self.ledger.seq);
        }
    }

    fn prepare_bytes(&mut self, number: usize) {
        let Some(mut refresh) = self.refreshes[number] else { return };
        let Some((version, stamp)) = refresh.fetched else { return };
        self.work_off(stamp);
        let fetched = Stamped { value: bytes(version), stamp };
        let preparing = self.source.prepare(&fetched, &Validator::default(), refresh.seq, self.now);
        let is_prepared = matches!(preparing, Preparing::Same | Preparing::Waiting);
        refresh.prepared = refresh.fetched.filter(|_| is_prepared);
        self.refreshes[number] = Some(refresh);
        if preparing == Preparing::Differs {
            self.append(|ledger, scopes| ledger.next(scopes).collect());
            self.work_off(self.ledger.seq);
        }
    }

    fn prepare_picture(&mut self, number: usize, variant: usize) {
        let Some(Refresh { prepared: Some((version, stamp)), .. }) = self.refreshes[number] else { return };
        let next = NextPicture::of(made(variant, version, stamp));
        if let Some((entry, _)) = self.found(variant).awaiting(&next) {
            self.entries[variant] = Some(entry);
        }
    }

    /// Whether bytes that a refresh has prepared, and that nothing has outdated since, would go on waiting after its switch.
    fn strands(&self, number: usize) -> bool {
        let Some(Refresh { seq, prepared: Some((version, stamp)), .. }) = self.refreshes[number] else {
            return false;
        };
        let mut source = self.source.clone();
        source.discarded = source.discarded.max(self.ledger.newest_against([&build::source_ref(URL)]));
        let is_outdated = source.discarded > stamp;
        source.discarded = source.discarded.max(seq);
        source.switch();
        !is_outdated && source.next.is_some_and(|next| next.digest.value == bytes(version))
    }

    fn found(&self, variant: usize) -> Found {
        let entry = self.entries[variant].clone();
        Found { entry, sources: vec![self.source.clone()], ..Found::default() }
    }

    /// What a request is answered with, without a question where the replica knows.
    fn answer(&self, variant: usize) -> Option<Entry> {
        let counts =
            |(entry, seq): &&(Entry, Seq)| self.ledger.upholds(entry, &self.ledger.incarnation, *seq);
        if let Some((entry, _)) = self.confirmed[variant].as_ref().filter(counts) {
            return Some(entry.clone());
        }
        match judge(self.found(variant), &self.ledger, &Ages::NONE, self.now) {
            Verdict::Fresh(entry) => Some(*entry),
            _ => None,
        }
    }
}

fn with(ledger: &Ledger, rules: Vec<Rule>) -> Ledger {
    build::ledger([ledger.rules.clone(), rules].concat())
}

fn made(variant: usize, version: u8, stamp: Seq) -> Entry {
    let sources = vec![MadeFrom::new(build::source_ref(URL), bytes(version))];
    let width = if variant == 0 { 300 } else { 400 };
    Entry { key: build::key(URL, width), sources, ..build::entry(URL, stamp) }
}

proptest! {
    // More where `PROPTEST_CASES` asks for more: the orders that matter are rare.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    /// Whoever does what in which order: nothing that a discard or a switch outdates is answered, variants of one source that are answered
    /// were made from the same bytes, what waits is newer than what it waits for, no bytes wait for ever, and preparing costs nobody a hit.
    #[test]
    fn nothing_old_and_nothing_mixed_is_answered(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in steps {
            let seen = |world: &World| [0, 1].map(|variant| world.answer(variant).map(|entry| entry.object));
            let before = seen(&world);
            if let Step::Switch(number) = step {
                prop_assert!(!world.strands(number), "at {step:?}");
            }
            world.take(step);
            if let Step::PreparePicture(..) = step {
                for (before, after) in before.into_iter().zip(seen(&world)) {
                    prop_assert!(before.is_none() || before == after, "after {step:?}");
                }
            }
            let answers: Vec<Entry> = [0, 1].into_iter().filter_map(|variant| world.answer(variant)).collect();
            let newest = world.ledger.newest_against([&build::source_ref(URL)]);
            for entry in &answers {
                prop_assert!(entry.stamp >= newest.max(world.switched), "{step:?}: {entry:?} against {newest}");
            }
            if let [one, other] = &answers[..] {
                prop_assert_eq!(&one.sources, &other.sources, "after {:?}", step);
            }
            for entry in world.entries.iter().flatten() {
                prop_assert!(entry.next.as_ref().is_none_or(|next| next.stamp > entry.stamp));
            }
        }
    }
}

#[test]
fn what_may_be_answered_by_a_switch_that_is_not_worked_off_is_not_replaced() {
    use Step::{Ask, Begin, Change, Fetch, FetchNext, Keep, PrepareBytes, PreparePicture, Switch};

    // The second refresh has fetched before the switch of the first, and goes on after it.
    for again in [3, 1] {
        let mut world = World::new();
        for step in [Fetch(0), Keep(0), Fetch(1), Keep(1), Begin(0), Begin(1), Change(2), FetchNext(0)] {
            world.take(step);
        }
        let rest = [PrepareBytes(0), PreparePicture(0, 0), Change(again), FetchNext(1), Switch(0), Ask(0)];
        for step in rest.into_iter().chain([PrepareBytes(1), PreparePicture(1, 1)]) {
            world.take(step);
            let answers: Vec<Entry> =
                [0, 1].into_iter().filter_map(|variant| world.answer(variant)).collect();
            assert!(answers.windows(2).all(|both| both[0].sources == both[1].sources), "{again}: {step:?}");
        }
    }
}

#[test]
fn what_was_rendered_of_the_old_bytes_since_a_refresh_began_goes_at_its_switch() {
    use Step::{Ask, Begin, Change, Fetch, FetchNext, Keep, PrepareBytes, PreparePicture, Switch, WorkOff};

    // A render has fetched before the source changed, and is accepted when the refresh has prepared what follows.
    let mut world = World::new();
    for step in [Fetch(0), Keep(0), Begin(0), Fetch(1), Change(2), FetchNext(0), PrepareBytes(0)] {
        world.take(step);
    }
    for step in [PreparePicture(0, 0), Keep(1), Ask(1), Switch(0), WorkOff] {
        world.take(step);
    }
    let seen = [0, 1].map(|variant| world.answer(variant).map(|entry| entry.sources[0].digest.clone()));
    assert_eq!(seen, [Some(bytes(2)), None], "by memory as by the catalog");
}

#[test]
fn a_refresh_is_a_hit_before_and_after_its_switch() {
    let mut world = World::new();
    let seen = |world: &World| world.answer(0).map(|entry| entry.sources[0].digest.clone());
    for step in [Step::Fetch(0), Step::Keep(0), Step::Ask(0), Step::Change(2), Step::Begin(0)] {
        world.take(step);
    }
    for step in [Step::FetchNext(0), Step::PrepareBytes(0), Step::PreparePicture(0, 0)] {
        world.take(step);
        assert_eq!(seen(&world), Some(bytes(1)), "{step:?}");
    }
    world.take(Step::Switch(0));
    assert_eq!(seen(&world), None, "others may not know it yet");
    for step in [Step::WorkOff, Step::Ask(0)] {
        world.take(step);
        assert_eq!(seen(&world), Some(bytes(2)), "{step:?}");
    }
    assert_eq!(world.source.digest.map(|digest| digest.value), Some(bytes(2)));
}
