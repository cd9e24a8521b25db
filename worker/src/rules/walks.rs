//! How far the discards of many sources have been gone over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use imcaxy_shared::entry::{Ledger, Position};
use imcaxy_shared::ports::Walk;

/// How far a process has gone over the sources of open rules: who stops for want of time goes on there.
#[derive(Default)]
pub(crate) struct Walks(Mutex<HashMap<Position, Walk>>);

impl Walks {
    pub(super) fn of(&self, rule: &Position) -> Walk {
        self.all().get(rule).cloned().unwrap_or_default()
    }

    pub(super) fn set(&self, rule: &Position, walk: Walk) {
        self.all().insert(rule.clone(), walk);
    }

    pub(super) fn keep_those_of(&self, ledger: &Ledger) {
        let is_open = |rule: &Position| {
            rule.incarnation == ledger.incarnation && ledger.open().any(|open| open.at == rule.seq)
        };
        self.all().retain(|rule, _| is_open(rule));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Position, Walk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::entry::{Rule, Scope, Seq};
    use imcaxy_shared::testing::build;

    use super::*;

    fn rule(at: i64) -> Rule {
        Rule { at: Seq::new(at), below: Seq::new(at), scope: Scope::Everything, open: true }
    }

    #[test]
    fn a_walk_goes_on_where_it_stopped_until_its_rule_is_closed() {
        let walks = Walks::default();
        let open = build::ledger(vec![rule(1), rule(2)]);
        let place = |at| Position { seq: Seq::new(at), ..open.position() };
        let walk = Walk { sources: 7, ..Walk::default() };
        walks.set(&place(1), walk.clone());
        walks.keep_those_of(&open);
        assert_eq!((walks.of(&place(1)), walks.of(&place(2))), (walk, Walk::default()));
        let closed = Ledger { rules: vec![rule(2)], ..open.clone() };
        walks.keep_those_of(&closed);
        assert_eq!(walks.of(&place(1)), Walk::default());
    }
}
