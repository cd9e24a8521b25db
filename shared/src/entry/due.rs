//! Whose turn it is of the sources whose checks are due. Pure.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::Source;
use crate::time::Timestamp;

impl Source {
    /// Whether its next check is due at `now`. One that is planned for later than `horizon` was planned by a clock that was ahead.
    #[must_use]
    pub fn is_due(&self, now: Timestamp, horizon: Timestamp) -> bool {
        self.next_check_at.is_some_and(|planned| planned <= now || planned > horizon)
    }
}

/// The sources that are checked next: of these, each once, up to `most`, the most used first, and up to `each` of one host, so that a host that
/// has many does not hold up all others. The rest has to wait.
#[must_use]
pub fn take_turns(mut due: Vec<Source>, most: usize, each: usize) -> Vec<Source> {
    due.sort_by(|one, other| (Reverse(one.uses), &one.id).cmp(&(Reverse(other.uses), &other.id)));
    let (mut seen, mut hosts) = (HashSet::new(), HashMap::<String, usize>::new());
    due.retain(|source| {
        let taken = hosts.entry(source.host.clone()).or_default();
        let has_a_turn = *taken < each && seen.insert(source.id.clone());
        *taken += usize::from(has_a_turn);
        has_a_turn
    });
    due.truncate(most);
    due
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::entry::Seq;
    use crate::testing::build;

    fn source(host: usize, number: u64, uses: u64) -> Source {
        let url = format!("http://{host}.test/{number}.jpg");
        Source { host: format!("{host}.test"), uses, ..build::source(&url, Seq::ZERO) }
    }

    #[test]
    fn what_is_planned_is_due_when_its_time_has_come_or_lies_too_far_ahead() {
        let (now, hour) = (Timestamp::from_millis(1_800_000_000_000), Duration::from_secs(3600));
        for (planned, is_due) in [
            (None, false),
            (Some(now.minus(hour)), true),
            (Some(now), true),
            (Some(now.plus(hour)), false),
            (Some(now.plus(hour * 2)), true),
        ] {
            let source = Source { next_check_at: planned, ..source(0, 0, 0) };
            assert_eq!(source.is_due(now, now.plus(hour)), is_due, "{planned:?}");
        }
    }

    #[test]
    fn a_host_that_has_many_does_not_hold_up_the_others() {
        let mut due: Vec<Source> = (0..100).map(|number| source(0, number, 1000 + number)).collect();
        due.extend([source(1, 0, 1), source(2, 0, 0), source(1, 0, 1)]);
        let turns = take_turns(due, 10, 3);
        let turns: Vec<(&str, u64)> = turns.iter().map(|turn| (turn.host.as_str(), turn.uses)).collect();
        let expected = [("0.test", 1099), ("0.test", 1098), ("0.test", 1097), ("1.test", 1), ("2.test", 0)];
        assert_eq!(turns, expected);
    }

    proptest! {
        #[test]
        fn nobody_waits_for_whom_there_is_room(
            due in prop::collection::vec((0_usize..4, 0_u64..20, 0_u64..5), 0..60),
            most in 0_usize..20,
            each in 1_usize..6,
        ) {
            let due: Vec<Source> =
                due.into_iter().map(|(host, number, uses)| source(host, number, uses)).collect();
            let turns = take_turns(due.clone(), most, each);
            let of = |host: &str| turns.iter().filter(|turn| turn.host == host).count();
            let ids: HashSet<_> = turns.iter().map(|turn| &turn.id).collect();
            prop_assert!(turns.len() <= most && ids.len() == turns.len());
            prop_assert!(turns.is_sorted_by_key(|turn| Reverse(turn.uses)));
            for waits in due.iter().filter(|source| !ids.contains(&source.id)) {
                prop_assert!(of(&waits.host) == each || turns.len() == most);
            }
            prop_assert!(turns.iter().all(|turn| of(&turn.host) <= each));
        }
    }
}
