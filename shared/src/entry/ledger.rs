//! The ledger of discards: which of what was made before no longer counts.

use std::iter::repeat;

use serde::{Deserialize, Serialize};

use super::{Entry, Scope, Seq, Subject};
use crate::request::UrlPrefix;

/// The state of the ledger, read at one moment. There is one for the whole catalog, and it is the authority: what it says
/// was committed by one write, so no discard is ever half done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Random; made with the catalog and renewed after a restore. Part of every queue's name.
    pub incarnation: String,
    /// The position: the number of discards so far.
    pub seq: Seq,
    /// The rules that are kept, by [`Rule::at`], the oldest first.
    pub rules: Vec<Rule>,
    /// How often closed rules were dropped. Two reads with the same number have seen every rule between them.
    pub trims: i64,
    /// Where blocks were changed last.
    pub blocks_at: Seq,
}

/// One discard. Readers judge by all rules, open or closed: one who reads the sources before the rule is written into them and
/// the ledger after it was closed would otherwise see neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The position at which it was committed; its name.
    pub at: Seq,
    /// What has a smaller stamp no longer counts.
    pub below: Seq,
    /// What it is about.
    pub scope: Scope,
    /// Whether it still has to be written into the documents of the sources that it matches.
    pub open: bool,
}

/// How many open rules there may be; a discard beyond them is refused.
pub const MOST_OPEN: usize = 1_000;
/// How many there may be for upkeep to discard what it finds changed or gone: the other half is left to people.
pub const MOST_OPEN_BY_UPKEEP: usize = MOST_OPEN / 2;
/// How many closed rules are kept.
const MOST_CLOSED: usize = 1_000;
/// What closed rules may weigh together, in bytes.
const HEAVIEST_CLOSED: usize = 256 << 10;
/// The part of both that is left when closed rules are dropped, in percent: dropping one at a time would have every
/// look-up that it meets look twice.
const LEFT_PERCENT: usize = 90;
/// What a rule weighs without the text of its scope, in bytes.
const RULE_WEIGHT: usize = 96;

/// A place in the life of one ledger.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Which ledger.
    pub incarnation: String,
    /// The number of its discards so far.
    pub seq: Seq,
}

impl Position {
    /// Whether who has applied the ledger as it was here has applied all that it was at `other`. Of another ledger nothing is known.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.incarnation == other.incarnation && self.seq >= other.seq
    }

    /// Whether `other` is an earlier place in the life of the same ledger.
    #[must_use]
    pub fn is_ahead_of(&self, other: &Self) -> bool {
        self.covers(other) && self.seq != other.seq
    }
}

impl Ledger {
    /// Where it is.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { incarnation: self.incarnation.clone(), seq: self.seq }
    }

    /// The rules after the position `seq`, the oldest first; `None` when some of them were dropped.
    #[must_use]
    pub fn since(&self, seq: Seq) -> Option<&[Rule]> {
        let known = self.rules.partition_point(|rule| rule.at <= seq);
        let rules = self.rules.get(known..)?;
        let all = i64::try_from(rules.len()).is_ok_and(|count| count == self.seq.get() - seq.get());
        all.then_some(rules)
    }

    /// The newest discard of any of `sources`: what is made from them counts if its stamp is not below. [`Seq::ZERO`] when no
    /// rule matches.
    #[must_use]
    pub fn newest_against<'a>(&self, sources: impl IntoIterator<Item = impl Into<Subject<'a>>>) -> Seq {
        newest_of(&self.rules, sources)
    }

    /// Where the last rule about any of `sources` stands, or the last that was dropped, which may have been: who has applied the ledger up to
    /// there answers with nothing that such rules outdate. [`Seq::ZERO`] when no rule matches and none was dropped.
    #[must_use]
    pub fn last_about<'a>(&self, sources: impl IntoIterator<Item = impl Into<Subject<'a>>>) -> Seq {
        let sources: Vec<Subject<'_>> = sources.into_iter().map(Into::into).collect();
        // One that outdates nothing (`Ledger::advance`) is about none.
        let outdates = |rule: &&Rule| rule.below > Seq::ZERO;
        let is_about = |rule: &&Rule| sources.iter().any(|source| rule.scope.is_about(source));
        let kept = self.rules.iter().rev().filter(outdates).find(is_about).map(|rule| rule.at);
        kept.max(self.last_dropped()).unwrap_or(Seq::ZERO)
    }

    /// The newest position whose rule is not kept any more. A thousand discards that are worked off at once drop what was committed just before,
    /// and that may not have reached all yet.
    fn last_dropped(&self) -> Option<Seq> {
        let kept = self.rules.iter().rev().map(|rule| rule.at.get()).chain(repeat(0));
        let mut places = (1..=self.seq.get()).rev().zip(kept);
        places.find(|(place, kept)| place != kept).map(|(place, _)| Seq::new(place))
    }

    /// This state and what `recent` adds to it, which holds the newest rules alone. `None` when some may be missing in between,
    /// or when it is another ledger. What was closed since may still be open here: those who judge need not care.
    #[must_use]
    pub fn with(&self, recent: &Self) -> Option<Self> {
        let new = || recent.rules.iter().filter(|rule| rule.at > self.seq);
        let moved = usize::try_from(recent.seq.get() - self.seq.get()).ok()?;
        let same = self.incarnation == recent.incarnation && self.trims == recent.trims;
        (same && new().count() == moved).then(|| Self {
            incarnation: self.incarnation.clone(),
            seq: recent.seq,
            rules: self.rules.iter().chain(new()).cloned().collect(),
            trims: self.trims,
            blocks_at: recent.blocks_at,
        })
    }

    /// Whether `entry`, which counted by the ledger of this incarnation at `seq`, still does here. Not if it cannot be told: after a switch the
    /// documents tell which bytes a source has.
    #[must_use]
    pub fn upholds(&self, entry: &Entry, incarnation: &str, seq: Seq) -> bool {
        let outdated = |rules: &[Rule]| newest_of(rules, &entry.sources) > entry.stamp;
        let switches =
            |rule: &Rule| rule.is_switch() && entry.sources.iter().any(|made| rule.scope.matches(made));
        let known = self.since(seq).filter(|_| self.incarnation == incarnation);
        known.is_some_and(|rules| !outdated(rules) && !rules.iter().any(switches))
    }

    /// Whether all discards since the position `seq` are among the rules that are kept.
    #[must_use]
    pub fn tells_all_since(&self, seq: Seq) -> bool {
        self.since(seq).is_some()
    }

    /// The rules of discards that follow this state and are committed together, each with a position of its own. They outdate what is below
    /// the last of them, which for each is the same as what is below it: nothing has a stamp in between.
    pub fn next(&self, scopes: &[Scope]) -> impl Iterator<Item = Rule> {
        let below = Seq::new(self.seq.get().saturating_add(i64::try_from(scopes.len()).unwrap_or(i64::MAX)));
        let numbered = scopes.iter().zip(self.seq.get() + 1..);
        numbered.map(move |(scope, at)| Rule { at: Seq::new(at), below, scope: scope.clone(), open: true })
    }

    /// As [next](Ledger::next), of discards that outdate only what is below `below`, such as the position at which a refresh began: what
    /// was prepared since takes the place of what they outdate.
    pub fn next_below(&self, scopes: &[Scope], below: Seq) -> impl Iterator<Item = Rule> {
        self.next(scopes).map(move |rule| Rule { below: below.min(rule.below), ..rule })
    }

    /// A rule that follows this state and outdates nothing: it moves the position on. That there is one for each position is what tells that
    /// none is [missing](Ledger::since).
    #[must_use]
    pub fn advance(&self) -> Rule {
        let at = Seq::new(self.seq.get().saturating_add(1));
        Rule { at, below: Seq::ZERO, scope: Scope::Everything, open: false }
    }

    /// The rules that are not worked off yet, the oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.open)
    }

    /// The rule up to which closed ones are to be dropped because more are kept than may be.
    #[must_use]
    pub fn surplus(&self) -> Option<Seq> {
        let closed = || self.rules.iter().filter(|rule| !rule.open);
        let (mut count, mut weight) = (closed().count(), closed().map(Rule::weight).sum::<usize>());
        if count <= MOST_CLOSED && weight <= HEAVIEST_CLOSED {
            return None;
        }
        let mut last = None;
        for rule in closed() {
            if count <= MOST_CLOSED * LEFT_PERCENT / 100 && weight <= HEAVIEST_CLOSED * LEFT_PERCENT / 100 {
                break;
            }
            (count, weight) = (count - 1, weight - rule.weight());
            last = Some(rule.at);
        }
        last
    }
}

/// The newest of discards of any of `sources`; [`Seq::ZERO`] when none matches.
#[must_use]
pub fn newest_of<'a>(rules: &[Rule], sources: impl IntoIterator<Item = impl Into<Subject<'a>>>) -> Seq {
    let newest = |source: Subject<'_>| {
        let matching = rules.iter().filter(|rule| rule.scope.is_about(&source));
        matching.map(|rule| rule.below).max()
    };
    sources.into_iter().filter_map(|source| newest(source.into())).max().unwrap_or(Seq::ZERO)
}

impl Rule {
    /// Whether it outdates only what is below an earlier position: what was prepared since takes the place of that.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.below > Seq::ZERO && self.below < self.at
    }

    fn weight(&self) -> usize {
        let scope = match &self.scope {
            Scope::Unknown => UrlPrefix::LONGEST,
            known => known.text().len(),
        };
        RULE_WEIGHT + scope
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::SourceRef;
    use crate::request::SourceId;
    use crate::testing::build;

    fn id(url: &str) -> SourceId {
        build::source_ref(url).id
    }

    fn rule(at: i64, scope: Scope, open: bool) -> Rule {
        Rule { at: Seq::new(at), below: Seq::new(at), scope, open }
    }

    #[test]
    fn the_newest_rule_of_any_of_the_sources_counts_open_or_closed() {
        let [a, b, c] = ["a", "b", "c"].map(|name| build::source_ref(&format!("http://a.test/{name}")));
        let ledger = build::ledger(vec![
            rule(1, Scope::Source(a.id.clone()), false),
            rule(2, Scope::Source(b.id.clone()), true),
            rule(3, Scope::Source(a.id.clone()), true),
        ]);
        for (sources, newest) in
            [(vec![&a], 3), (vec![&b], 2), (vec![&b, &a], 3), (vec![&c], 0), (vec![&c, &b], 2), (vec![], 0)]
        {
            let sources: Vec<&SourceRef> = sources;
            assert_eq!(ledger.newest_against(sources.iter().copied()), Seq::new(newest), "{sources:?}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_read_matches_everything() {
        let ledger = build::ledger(vec![rule(4, Scope::Unknown, true)]);
        assert_eq!(ledger.newest_against([&build::source_ref("http://a.test/a")]), Seq::new(4));
    }

    #[test]
    fn a_rule_outdates_what_is_below_it_and_not_what_is_below_its_place() {
        let source = build::source_ref("http://a.test/a");
        let early = Rule { below: Seq::new(3), ..rule(9, Scope::Source(source.id.clone()), false) };
        let ledger = build::ledger(vec![early]);
        assert_eq!(
            (ledger.newest_against([&source]), ledger.last_about([&source])),
            (Seq::new(3), Seq::new(9))
        );
    }

    #[test]
    fn the_last_rule_that_was_dropped_may_have_been_about_anything() {
        let [a, b] = ["a", "b"].map(|name| build::source_ref(&format!("http://a.test/{name}")));
        let about_a = |at| rule(at, Scope::Source(a.id.clone()), at < 3);
        for (kept, last_about_b) in
            [(vec![], 0), (vec![1, 2, 3], 0), (vec![2, 3], 1), (vec![1, 2, 4, 5], 3), (vec![1, 3, 5, 6], 4)]
        {
            let ledger = build::ledger(kept.iter().copied().map(about_a).collect());
            assert_eq!(ledger.last_about([&b]), Seq::new(last_about_b), "{kept:?}");
            assert_eq!(ledger.last_about([&a]), ledger.seq, "{kept:?}");
        }
        let none_is_kept = Ledger { seq: Seq::new(7), ..build::ledger(vec![]) };
        assert_eq!(none_is_kept.last_about([&a]), Seq::new(7));
    }

    #[test]
    fn a_position_that_outdates_nothing_is_followed_without_a_gap() {
        let source = build::source_ref("http://a.test/a");
        let known = build::ledger(vec![rule(1, Scope::Source(source.id.clone()), false)]);
        let moved = build::ledger([known.rules.clone(), vec![known.advance()]].concat());
        assert_eq!((moved.seq, moved.newest_against([&source])), (Seq::new(2), Seq::new(1)));
        assert_eq!(moved.last_about([&source]), Seq::new(1));
        assert!(moved.tells_all_since(Seq::new(1)) && moved.open().count() == 0);
        assert_eq!(known.with(&moved), Some(moved));
    }

    #[test]
    fn a_switch_outdates_what_is_below_the_position_that_it_names() {
        let scopes = ["a", "b"].map(|name| Scope::Source(id(&format!("http://a.test/{name}"))));
        let ledger = build::ledger(vec![rule(7, Scope::Everything, false)]);
        let places = |below| {
            let rules = ledger.next_below(&scopes, Seq::new(below));
            rules.map(|rule| (rule.at.get(), rule.below.get())).collect::<Vec<_>>()
        };
        assert_eq!(places(5), [(8, 5), (9, 5)]);
        assert_eq!(places(50), [(8, 9), (9, 9)], "nothing can be prepared beyond it");
    }

    #[test]
    fn after_a_switch_of_its_source_nothing_is_upheld_by_the_ledger_alone() {
        let entry = build::entry("http://a.test/a", Seq::new(6));
        let known = build::ledger(vec![rule(6, Scope::Everything, false)]);
        let upheld = |url: &str, below| {
            let rules = known.next_below(&[Scope::Source(id(url))], Seq::new(below)).collect();
            let ledger = build::ledger([known.rules.clone(), rules].concat());
            ledger.upholds(&entry, &ledger.incarnation, Seq::new(6))
        };
        assert!(!upheld("http://a.test/a", 5), "it may have been made from what the source has no more");
        assert!(upheld("http://a.test/b", 5) && !upheld("http://a.test/a", 7));
    }

    #[test]
    fn what_is_new_is_added_to_what_is_known_unless_something_is_missing() {
        let source = || Scope::Source(id("http://a.test/a"));
        let rules = |from, to| (from..=to).map(|at| rule(at, source(), false)).collect::<Vec<_>>();
        let (known, whole) = (build::ledger(rules(1, 5)), build::ledger(rules(1, 8)));
        for (from, merges) in [(1, true), (4, true), (6, true), (7, false), (8, false)] {
            let recent = build::ledger(rules(from, 8));
            assert_eq!(known.with(&recent), merges.then(|| whole.clone()), "from {from}");
        }
        assert_eq!(whole.with(&build::ledger(rules(7, 8))), Some(whole.clone()), "nothing is new");
        assert_eq!(whole.with(&known), None, "older than what is known");
        let recent = build::ledger(rules(6, 8));
        assert_eq!(known.with(&Ledger { trims: 1, ..recent.clone() }), None, "some were dropped");
        assert_eq!(known.with(&Ledger { incarnation: "other".to_owned(), ..recent }), None);
    }

    #[test]
    fn it_tells_all_since_a_position_when_no_rule_after_it_was_dropped() {
        let source = || Scope::Source(id("http://a.test/a"));
        let ledger = build::ledger([1, 4, 5].map(|at| rule(at, source(), false)).to_vec());
        for (seq, tells) in [(0, false), (2, false), (3, true), (4, true), (5, true), (6, false)] {
            assert_eq!(ledger.tells_all_since(Seq::new(seq)), tells, "since {seq}");
        }
    }

    #[test]
    fn of_too_many_closed_rules_the_oldest_are_dropped_and_open_ones_stay() {
        let source = || Scope::Source(id("http://a.test/a"));
        let rules = |count: i64| (1..=count).map(|at| rule(at, source(), at == 1)).collect();
        assert_eq!(build::ledger(rules(1_001)).surplus(), None, "a thousand closed ones");
        assert_eq!(build::ledger(rules(1_002)).surplus(), Some(Seq::new(102)), "nine hundred are left");
    }

    #[test]
    fn closed_rules_that_are_too_heavy_are_dropped_though_they_are_few() {
        let rules: Vec<Rule> = (1..=200).map(|at| rule(at, Scope::Unknown, false)).collect();
        let dropped = build::ledger(rules.clone()).surplus().expect("some are too many").get();
        let left = rules.into_iter().filter(|rule| rule.at.get() > dropped);
        assert!(left.map(|rule| rule.weight()).sum::<usize>() < HEAVIEST_CLOSED);
    }
}
