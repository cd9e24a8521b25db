//! Working off the discards that are open: their sources' documents are written, and what was made from them before is deleted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use imcaxy_shared::entry::{Ledger, Position, Rule, Scope, Seq, Source};
use imcaxy_shared::ports::{Counts, PortError, Revalidation, RevalidationState, Span, Walk, work_off};
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;
use crate::outdated::delete_outdated;

/// Discards of single sources that are worked off together.
const TOGETHER: usize = 500;
/// Sources that are counted together.
const PAGE: usize = 500;
/// Revalidations that may be finished at once.
const MOST_RUNNING: usize = 1000;

/// How long one discard of many sources may take while others wait.
const TURN: Duration = Duration::from_secs(10);

/// How many sources each rule was about, by its position.
type Counted = HashMap<Seq, u64>;

/// How far a process has gone over the sources of open rules: who stops for want of time goes on there.
#[derive(Default)]
pub(crate) struct Walks(Mutex<HashMap<Position, Walk>>);

/// What was worked off.
pub(crate) struct WorkedOff {
    pub rules: usize,
    /// A position of the ledger at which none was open, or, where time ran out, at which some were.
    pub at: Seq,
    pub all: bool,
}

/// Works off the open rules until none is left or it is time to stop. Several may do so at once, and doing it twice changes nothing. Those
/// about single sources go first, many at a time; the others take turns, so that none waits for a large one. One that cannot be worked off does
/// not keep the others.
///
/// The order of writes for each page of a rule, and what a crash after each leaves: the documents of the sources; the deletion of what was made
/// from them, in the outbox; last the rule is closed. Until then it is open, and whoever finds it goes over its whole scope again.
pub(crate) async fn work_off_open(parts: &Parts, until: Instant) -> Result<WorkedOff, PortError> {
    let (mut counted, mut rules, mut failed) = (Counted::new(), 0, None);
    loop {
        let ledger = parts.catalog.ledger().await?;
        parts.walks.keep_those_of(&ledger);
        report(parts, &ledger, &mut counted, until).await?;
        let open: Vec<Rule> = ledger.open().filter(|rule| rule.scope != Scope::Unknown).cloned().collect();
        if let Some(cause) = failed {
            return Err(cause);
        }
        if open.is_empty() || Instant::now() >= until {
            return Ok(WorkedOff { rules, at: ledger.seq, all: open.is_empty() });
        }
        let (single, others): (Vec<Rule>, Vec<Rule>) =
            open.into_iter().partition(|rule| source_of(rule).is_some());
        for together in single.chunk_by(may_share).flat_map(|similar| similar.chunks(TOGETHER)) {
            if Instant::now() >= until {
                break;
            }
            match work_off_sources(parts, &ledger, together, &mut counted).await {
                Ok(()) => rules += together.len(),
                Err(cause) => failed = Some(cause),
            }
        }
        for rule in others {
            let turn = until.min(Instant::now() + TURN);
            let place = Position { seq: rule.at, ..ledger.position() };
            match work_off_one(parts, &place, &rule, turn).await {
                Ok(Some(sources)) => {
                    counted.insert(rule.at, sources);
                    rules += 1;
                }
                Ok(None) => {}
                Err(cause) => failed = Some(cause),
            }
        }
    }
}

/// Discards of single sources that were committed by one write outdate the same.
fn may_share(one: &Rule, other: &Rule) -> bool {
    one.below == other.below
}

async fn work_off_sources(
    parts: &Parts,
    ledger: &Ledger,
    rules: &[Rule],
    counted: &mut Counted,
) -> Result<(), PortError> {
    let Some(below) = rules.first().map(|rule| rule.below) else { return Ok(()) };
    let ids: Vec<SourceId> = rules.iter().filter_map(source_of).cloned().collect();
    if rules.iter().any(Rule::is_switch) {
        // Who reads the documents takes it that everybody knows of it.
        parts.discards.reached(ledger.position()).await;
    }
    parts.catalog.outdate(&ids, below).await?;
    delete_outdated(parts, &ids, below).await?;
    counted.extend(count_sources(parts, rules).await?);
    let positions: Vec<Seq> = rules.iter().map(|rule| rule.at).collect();
    parts.catalog.close(&positions).await
}

/// Answers how many sources it was about, or nothing where time ran out.
async fn work_off_one(
    parts: &Parts,
    place: &Position,
    rule: &Rule,
    until: Instant,
) -> Result<Option<u64>, PortError> {
    let mut walk = parts.walks.of(place);
    let follow = |page: Vec<Source>| async move {
        let ids: Vec<SourceId> = page.into_iter().map(|source| source.id).collect();
        delete_outdated(parts, &ids, rule.below).await
    };
    let closed = work_off(&*parts.catalog, rule, &mut walk, || Instant::now() < until, follow).await;
    let sources = walk.sources;
    parts.walks.set(place, walk);
    Ok(closed?.then_some(sources))
}

impl Walks {
    fn of(&self, rule: &Position) -> Walk {
        self.all().get(rule).cloned().unwrap_or_default()
    }

    fn set(&self, rule: &Position, walk: Walk) {
        self.all().insert(rule.clone(), walk);
    }

    fn keep_those_of(&self, ledger: &Ledger) {
        let is_open = |rule: &Position| {
            rule.incarnation == ledger.incarnation && ledger.open().any(|open| open.at == rule.seq)
        };
        self.all().retain(|rule, _| is_open(rule));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Position, Walk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finishes the revalidations whose rules are all worked off.
async fn report(
    parts: &Parts,
    ledger: &Ledger,
    counted: &mut Counted,
    until: Instant,
) -> Result<(), PortError> {
    for Revalidation { id, rules, .. } in parts.revalidations.running(MOST_RUNNING).await? {
        let Some(span) = rules else { continue };
        let own: Vec<&Rule> = rules_of(ledger, &span).collect();
        if own.iter().any(|rule| rule.open) || ledger_is_behind(ledger, &span) {
            continue;
        }
        let discarded = count(parts, &own, counted, until).await?;
        let counts = Counts { discarded, ..Counts::default() };
        parts.revalidations.finish(&id, RevalidationState::Done, &counts, parts.clock.now()).await?;
    }
    Ok(())
}

/// The ledger was read before these discards were committed.
fn ledger_is_behind(ledger: &Ledger, span: &Span) -> bool {
    ledger.incarnation == span.incarnation && ledger.seq < span.last
}

/// The rules of a revalidation that are kept.
fn rules_of<'a>(ledger: &'a Ledger, span: &'a Span) -> impl Iterator<Item = &'a Rule> {
    let same = ledger.incarnation == span.incarnation;
    ledger.rules.iter().filter(move |rule| same && rule.at >= span.first && rule.at <= span.last)
}

/// How many sources they were about: known where they were worked off just now, else counted once more, as far as time allows.
async fn count(
    parts: &Parts,
    rules: &[&Rule],
    counted: &mut Counted,
    until: Instant,
) -> Result<u64, PortError> {
    let unknown: Vec<Rule> =
        rules.iter().filter(|rule| !counted.contains_key(&rule.at)).map(|rule| (*rule).clone()).collect();
    for sources in unknown.chunks(PAGE) {
        counted.extend(count_sources(parts, sources).await?);
    }
    for rule in unknown.iter().filter(|rule| source_of(rule).is_none()) {
        counted.insert(rule.at, count_all(parts, rule, until).await?);
    }
    Ok(rules.iter().filter_map(|rule| counted.get(&rule.at)).sum())
}

/// Which of the rules about single sources are about one that is known.
async fn count_sources(parts: &Parts, rules: &[Rule]) -> Result<Vec<(Seq, u64)>, PortError> {
    let ids: Vec<SourceId> = rules.iter().filter_map(source_of).cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = parts.catalog.known_sources(&ids).await?;
    let is_known = |id: &SourceId| known.iter().any(|source| source.id == *id);
    let of_rule = |rule: &Rule| Some((rule.at, u64::from(is_known(source_of(rule)?))));
    Ok(rules.iter().filter_map(of_rule).collect())
}

async fn count_all(parts: &Parts, rule: &Rule, until: Instant) -> Result<u64, PortError> {
    let (mut count, mut after) = (0, None);
    loop {
        let (page, next) = parts.catalog.sources_about(&rule.scope, after.as_ref(), PAGE).await?;
        count += page.iter().filter(|source| rule.scope.matches(*source)).count() as u64;
        match next {
            Some(next) if Instant::now() < until => after = Some(next),
            _ => return Ok(count),
        }
    }
}

const fn source_of(rule: &Rule) -> Option<&SourceId> {
    match &rule.scope {
        Scope::Source(id) => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(at: i64, below: i64, scope: &str) -> Rule {
        let scope = match scope {
            "source" => Scope::Source(SourceId::of(&at.to_string())),
            _ => Scope::Everything,
        };
        Rule { at: Seq::new(at), below: Seq::new(below), scope, open: true }
    }

    #[test]
    fn discards_of_single_sources_share_writes_when_they_were_committed_together() {
        let rules = [(1, 1, "source"), (2, 4, "source"), (3, 4, "source"), (5, 5, "source")];
        let rules = rules.map(|(at, below, scope)| rule(at, below, scope));
        let groups: Vec<Vec<i64>> =
            rules.chunk_by(may_share).map(|group| group.iter().map(|rule| rule.at.get()).collect()).collect();
        assert_eq!(groups, [vec![1], vec![2, 3], vec![5]]);
    }

    #[test]
    fn a_walk_goes_on_where_it_stopped_until_its_rule_is_closed() {
        let walks = Walks::default();
        let open = imcaxy_shared::testing::build::ledger(vec![rule(1, 1, "all"), rule(2, 2, "all")]);
        let place = |at| Position { seq: Seq::new(at), ..open.position() };
        let walk = Walk { sources: 7, ..Walk::default() };
        walks.set(&place(1), walk.clone());
        walks.keep_those_of(&open);
        assert_eq!((walks.of(&place(1)), walks.of(&place(2))), (walk, Walk::default()));
        let closed = Ledger { rules: vec![rule(2, 2, "all")], ..open.clone() };
        walks.keep_those_of(&closed);
        assert_eq!(walks.of(&place(1)), Walk::default());
    }

    #[test]
    fn a_revalidation_knows_its_rules_and_those_of_another_ledger_are_none_of_them() {
        let ledger = imcaxy_shared::testing::build::ledger(vec![
            rule(1, 1, "all"),
            rule(2, 3, "source"),
            rule(3, 3, "source"),
        ]);
        let span = |incarnation: &str, first, last| Span {
            incarnation: incarnation.to_owned(),
            first: Seq::new(first),
            last: Seq::new(last),
        };
        let own = span(&ledger.incarnation, 2, 3);
        assert_eq!(rules_of(&ledger, &own).map(|rule| rule.at.get()).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(rules_of(&ledger, &span("another", 2, 3)).count(), 0);
        assert!(!ledger_is_behind(&ledger, &own));
        assert!(ledger_is_behind(&ledger, &span(&ledger.incarnation, 4, 4)));
        assert!(!ledger_is_behind(&ledger, &span("another", 4, 4)), "it will never be there");
    }
}
