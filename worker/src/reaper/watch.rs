//! Which claims have given no sign of life for a lease. Pure: time and sightings are arguments.

use std::collections::HashMap;

use imcaxy_shared::ports::Sighting;
use tokio::time::Instant;

use crate::lease::{LEASE, LONGEST_GAP};

/// What one observer has seen, by its own monotonic clock. No expiry in the queue decides, so neither a restart of it nor a step of
/// its clock can take every claim away at once.
pub(super) struct Watch {
    looked: Option<Instant>,
    since: HashMap<Sighting, Instant>,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub(super) fn new() -> Self {
        Self { looked: None, since: HashMap::new() }
    }

    /// Takes in what is seen at `now`; answers the claims that were seen unchanged for a [`LEASE`]. After more than the
    /// [`LONGEST_GAP`] it counts anew.
    pub(super) fn look(&mut self, now: Instant, seen: Vec<Sighting>) -> Vec<Sighting> {
        if self.looked.is_some_and(|looked| now - looked > LONGEST_GAP) {
            self.since.clear();
        }
        self.looked = Some(now);
        let before = std::mem::take(&mut self.since);
        for claim in seen {
            let since = before.get(&claim).copied().unwrap_or(now);
            self.since.insert(claim, since);
        }
        let silent = self.since.iter().filter(|(_, since)| now - **since >= LEASE);
        silent.map(|(claim, _)| claim.clone()).collect()
    }

    /// Counts anew: the queue was away, and nobody could give a sign of life.
    pub(super) fn begin_anew(&mut self) {
        self.since.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::jobs::{JobId, Token};
    use std::time::Duration;

    fn claim(attempt: u32, renewals: u64) -> Sighting {
        let id = JobId::from_queue("render/a".to_owned());
        Sighting { id, token: Token::new(1), attempt, renewals }
    }

    /// Looks once a second from `from` to `to` at claims that `seen` gives; answers when one was found silent first.
    fn found(
        watch: &mut Watch,
        start: Instant,
        seconds: std::ops::RangeInclusive<u64>,
        seen: impl Fn(u64) -> Vec<Sighting>,
    ) -> Option<u64> {
        seconds.into_iter().find(|at| !watch.look(start + Duration::from_secs(*at), seen(*at)).is_empty())
    }

    #[test]
    fn a_claim_is_silent_after_a_lease_without_a_change() {
        let start = Instant::now();
        let seen = |_| vec![claim(1, 3)];
        assert_eq!(found(&mut Watch::new(), start, 0..=20, seen), Some(5));
    }

    #[test]
    fn a_renewal_another_attempt_and_another_life_begin_a_new_lease() {
        let start = Instant::now();
        for changed in [claim(1, 4), claim(2, 3), Sighting { token: Token::new(2), ..claim(1, 3) }] {
            let seen = |at| vec![if at < 4 { claim(1, 3) } else { changed.clone() }];
            assert_eq!(found(&mut Watch::new(), start, 0..=20, seen), Some(9));
        }
    }

    #[test]
    fn a_claim_that_is_renewed_is_never_silent() {
        let seen = |at| vec![claim(1, at / 4)];
        assert_eq!(found(&mut Watch::new(), Instant::now(), 0..=1000, seen), None);
    }

    #[test]
    fn an_observer_that_was_frozen_counts_anew() {
        let (start, mut watch) = (Instant::now(), Watch::new());
        let seen = |_| vec![claim(1, 3)];
        assert_eq!(found(&mut watch, start, 0..=3, seen), None);
        assert_eq!(found(&mut watch, start, 60..=100, seen), Some(65));
    }

    #[test]
    fn after_a_reconnect_a_lease_begins_anew() {
        let (start, mut watch) = (Instant::now(), Watch::new());
        let seen = |_| vec![claim(1, 3)];
        assert_eq!(found(&mut watch, start, 0..=4, seen), None);
        watch.begin_anew();
        assert_eq!(found(&mut watch, start, 5..=20, seen), Some(10));
    }
}
