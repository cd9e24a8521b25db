//! Working off the discards that are open: their sources' documents are written, and what was made from them before is deleted.

use std::collections::HashMap;

use imcaxy_shared::entry::{Ledger, Rule, Scope, Seq, Source};
use imcaxy_shared::ports::{Counts, PortError, Revalidation, RevalidationState, Span, work_off};
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

/// How many sources each rule was about, by its position.
type Counted = HashMap<Seq, u64>;

/// What was worked off.
pub(crate) struct WorkedOff {
    pub rules: usize,
    /// A position of the ledger at which none was open, or, where time ran out, at which some were.
    pub at: Seq,
    pub all: bool,
}

/// Works off the open rules, the oldest first, until none is left or it is time to stop. Several may do so at once, and doing it twice
/// changes nothing.
///
/// The order of writes for each rule, and what a crash after each leaves: the documents of a page of sources, the deletions of what was made
/// from them, in the outbox; last the rule is closed. Until then it is open, and whoever finds it goes over its whole scope again.
pub(crate) async fn work_off_open(parts: &Parts, until: Instant) -> Result<WorkedOff, PortError> {
    let (mut counted, mut rules) = (Counted::new(), 0);
    loop {
        let ledger = parts.catalog.ledger().await?;
        let open: Vec<Rule> = ledger.open().filter(|rule| rule.scope != Scope::Unknown).cloned().collect();
        if open.is_empty() || Instant::now() >= until {
            report(parts, &ledger, counted).await?;
            return Ok(WorkedOff { rules, at: ledger.seq, all: open.is_empty() });
        }
        for together in open.chunk_by(may_share).flat_map(|similar| similar.chunks(TOGETHER)) {
            if Instant::now() >= until {
                break;
            }
            match together {
                [Rule { scope: Scope::Source(_), .. }, ..] => {
                    work_off_sources(parts, together, &mut counted).await?
                }
                others => {
                    for rule in others {
                        counted.insert(rule.at, work_off_one(parts, rule).await?);
                    }
                }
            }
            rules += together.len();
        }
    }
}

/// Discards of single sources that were committed by one write outdate the same.
fn may_share(one: &Rule, other: &Rule) -> bool {
    let is_source = |rule: &Rule| matches!(rule.scope, Scope::Source(_));
    is_source(one) && is_source(other) && one.below == other.below
}

async fn work_off_sources(parts: &Parts, rules: &[Rule], counted: &mut Counted) -> Result<(), PortError> {
    let Some(below) = rules.first().map(|rule| rule.below) else { return Ok(()) };
    let ids: Vec<SourceId> = rules.iter().filter_map(source_of).cloned().collect();
    parts.catalog.outdate(&ids, below).await?;
    delete_outdated(parts, &ids, below).await?;
    counted.extend(count_sources(parts, rules).await?);
    let positions: Vec<Seq> = rules.iter().map(|rule| rule.at).collect();
    parts.catalog.close(&positions).await
}

/// Answers how many sources it was about.
async fn work_off_one(parts: &Parts, rule: &Rule) -> Result<u64, PortError> {
    let mut count = 0;
    let follow = |page: Vec<Source>| {
        count += page.len() as u64;
        async move {
            let ids: Vec<SourceId> = page.into_iter().map(|source| source.id).collect();
            delete_outdated(parts, &ids, rule.below).await
        }
    };
    work_off(&*parts.catalog, rule, follow).await?;
    Ok(count)
}

/// Finishes the revalidations whose rules are all worked off.
async fn report(parts: &Parts, ledger: &Ledger, mut counted: Counted) -> Result<(), PortError> {
    for Revalidation { id, rules, .. } in parts.revalidations.running(MOST_RUNNING).await? {
        let Some(span) = rules else { continue };
        let own: Vec<&Rule> = rules_of(ledger, &span).collect();
        if own.iter().any(|rule| rule.open) || ledger_is_behind(ledger, &span) {
            continue;
        }
        let discarded = count(parts, &own, &mut counted).await?;
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

/// How many sources they were about: known where they were worked off just now, else counted once more.
async fn count(parts: &Parts, rules: &[&Rule], counted: &mut Counted) -> Result<u64, PortError> {
    let unknown: Vec<Rule> =
        rules.iter().filter(|rule| !counted.contains_key(&rule.at)).map(|rule| (*rule).clone()).collect();
    for sources in unknown.chunks(PAGE) {
        counted.extend(count_sources(parts, sources).await?);
    }
    for rule in unknown.iter().filter(|rule| source_of(rule).is_none()) {
        counted.insert(rule.at, count_all(parts, rule).await?);
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

async fn count_all(parts: &Parts, rule: &Rule) -> Result<u64, PortError> {
    let (mut count, mut after) = (0, None);
    loop {
        let (page, next) = parts.catalog.sources_about(&rule.scope, after.as_ref(), PAGE).await?;
        count += page.iter().filter(|source| rule.scope.matches(*source)).count() as u64;
        match next {
            Some(next) => after = Some(next),
            None => return Ok(count),
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
        let rules = [(1, 1, "source"), (2, 4, "source"), (3, 4, "source"), (4, 4, "all"), (5, 5, "source")];
        let rules = rules.map(|(at, below, scope)| rule(at, below, scope));
        let groups: Vec<Vec<i64>> =
            rules.chunk_by(may_share).map(|group| group.iter().map(|rule| rule.at.get()).collect()).collect();
        assert_eq!(groups, [vec![1], vec![2, 3], vec![4], vec![5]]);
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
