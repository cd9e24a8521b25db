//! Who is next: a list of references for each priority and origin, and the turns of the origins.

use std::collections::{BTreeMap, VecDeque};

use crate::jobs::{JobId, Priority};

/// References to waiting jobs. One may be to a job that waits no longer; whoever takes skips it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Order {
    lists: BTreeMap<Priority, Lists>,
}

/// The lists of one priority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Lists {
    by_origin: BTreeMap<String, VecDeque<JobId>>,
    /// The origins that have a list, the next one first.
    turns: VecDeque<String>,
}

impl Order {
    /// Puts a reference behind those of its origin.
    pub(super) fn last(&mut self, priority: Priority, origin: &str, id: &JobId) {
        self.list(priority, origin).push_back(id.clone());
    }

    /// Puts a reference before those of its origin: it has waited already.
    pub(super) fn first(&mut self, priority: Priority, origin: &str, id: &JobId) {
        self.list(priority, origin).push_front(id.clone());
    }

    /// The origin whose turn comes after those of `passed` others.
    pub(super) fn turn(&self, priority: Priority, passed: usize) -> Option<String> {
        self.lists.get(&priority)?.turns.get(passed).cloned()
    }

    /// Takes the next reference of one origin.
    pub(super) fn pop(&mut self, priority: Priority, origin: &str) -> Option<JobId> {
        self.lists.get_mut(&priority)?.by_origin.get_mut(origin)?.pop_front()
    }

    /// Lets an origin go to the end of the turns if it was served, and forgets it when its list is empty.
    pub(super) fn had_its_turn(&mut self, priority: Priority, origin: &str, served: bool) {
        let Some(lists) = self.lists.get_mut(&priority) else { return };
        let spent = lists.by_origin.get(origin).is_none_or(VecDeque::is_empty);
        if spent || served {
            lists.turns.retain(|other| other != origin);
        }
        if spent {
            lists.by_origin.remove(origin);
        } else if served {
            lists.turns.push_back(origin.to_owned());
        }
        if lists.turns.is_empty() {
            self.lists.remove(&priority);
        }
    }

    /// How many references the list of one origin has.
    pub(super) fn length(&self, priority: Priority, origin: &str) -> usize {
        let list = self.lists.get(&priority).and_then(|lists| lists.by_origin.get(origin));
        list.map_or(0, VecDeque::len)
    }

    /// How many other origins have jobs waiting.
    pub(super) fn others(&self, priority: Priority, origin: &str) -> usize {
        let turns = self.lists.get(&priority).map(|lists| &lists.turns);
        turns.map_or(0, |turns| turns.iter().filter(|other| *other != origin).count())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    fn list(&mut self, priority: Priority, origin: &str) -> &mut VecDeque<JobId> {
        let Lists { by_origin, turns } = self.lists.entry(priority).or_default();
        if !turns.iter().any(|other| other == origin) {
            turns.push_back(origin.to_owned());
        }
        by_origin.entry(origin.to_owned()).or_default()
    }
}
