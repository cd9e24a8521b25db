//! Finishing the records of discards that are worked off.

use std::collections::{HashMap, HashSet};

use imcaxy_shared::entry::{Ledger, Rule, Scope, Seq};
use imcaxy_shared::ports::{Counts, PortError, Revalidation, RevalidationState, Span, Tally};
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use super::source_of;
use crate::Parts;

/// How many sources each rule was about, by its position.
pub(super) type Counted = HashMap<Seq, u64>;

/// Sources that are counted together.
const PAGE: usize = 500;
/// Revalidations that may be finished at once.
const MOST_RUNNING: usize = 1000;

/// Finishes the revalidations whose rules are all worked off.
pub(super) async fn report(
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
        let tally = Tally { counts: Counts { discarded, ..Counts::default() }, ..Tally::default() };
        parts.revalidations.finish(&id, RevalidationState::Done, &tally, parts.clock.now()).await?;
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
pub(super) async fn count_sources(parts: &Parts, rules: &[Rule]) -> Result<Vec<(Seq, u64)>, PortError> {
    let ids: Vec<SourceId> = rules.iter().filter_map(source_of).cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = parts.catalog.known_sources(&ids).await?;
    let known: HashSet<&SourceId> = known.about(&Scope::Everything).collect();
    let is_known = |id: &SourceId| known.contains(id);
    let of_rule = |rule: &Rule| Some((rule.at, u64::from(is_known(source_of(rule)?))));
    Ok(rules.iter().filter_map(of_rule).collect())
}

async fn count_all(parts: &Parts, rule: &Rule, until: Instant) -> Result<u64, PortError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = parts.catalog.sources_about(&rule.scope, after.as_ref(), PAGE).await?;
        count += page.about(&rule.scope).count() as u64;
        match page.next {
            Some(next) if Instant::now() < until => after = Some(next),
            _ => return Ok(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::testing::build;

    use super::*;

    fn rule(at: i64, below: i64) -> Rule {
        Rule { at: Seq::new(at), below: Seq::new(below), scope: Scope::Everything, open: true }
    }

    #[test]
    fn a_revalidation_knows_its_rules_and_those_of_another_ledger_are_none_of_them() {
        let ledger = build::ledger(vec![rule(1, 1), rule(2, 3), rule(3, 3)]);
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
