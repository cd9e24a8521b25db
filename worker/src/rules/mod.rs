//! Working off the discards that are open: their sources' documents are written, and what was made from them before is deleted.

mod report;
mod walks;

use std::time::Duration;

use imcaxy_shared::entry::{Ledger, Position, Rule, Scope, Seq};
use imcaxy_shared::ports::{PortError, work_off};
use imcaxy_shared::request::SourceId;
use tokio::time::Instant;

use crate::Parts;
use crate::outdated::delete_outdated;
use report::{Counted, count_sources, report};
pub(crate) use walks::Walks;

/// Discards of single sources that are worked off together.
const TOGETHER: usize = 500;
/// How long one discard of many sources may take while others wait.
const TURN: Duration = Duration::from_secs(10);

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
        let reported = report(parts, &ledger, &mut counted, until).await;
        let open: Vec<Rule> = ledger.open().filter(|rule| rule.scope != Scope::Unknown).cloned().collect();
        if let Some(cause) = failed {
            return Err(cause);
        }
        if open.is_empty() || Instant::now() >= until {
            reported?;
            return Ok(WorkedOff { rules, at: ledger.seq, all: open.is_empty() });
        }
        // What is open is worked off though it cannot be reported.
        failed = reported.err();
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
    parts.catalog.outdate(&ids, below, parts.clock.now()).await?;
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
    let follow = |ids: Vec<SourceId>| async move { delete_outdated(parts, &ids, rule.below).await };
    let closed =
        work_off(&*parts.catalog, rule, &mut walk, parts.clock.now(), || Instant::now() < until, follow)
            .await;
    let sources = walk.sources;
    parts.walks.set(place, walk);
    Ok(closed?.then_some(sources))
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

    #[test]
    fn discards_of_single_sources_share_writes_when_they_were_committed_together() {
        let rules = [(1, 1), (2, 4), (3, 4), (5, 5)].map(|(at, below)| Rule {
            at: Seq::new(at),
            below: Seq::new(below),
            scope: Scope::Source(SourceId::of(&at.to_string())),
            open: true,
        });
        let groups: Vec<Vec<i64>> =
            rules.chunk_by(may_share).map(|group| group.iter().map(|rule| rule.at.get()).collect()).collect();
        assert_eq!(groups, [vec![1], vec![2, 3], vec![5]]);
    }
}
