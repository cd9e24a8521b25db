//! For how long a replica answers from memory without asking. Pure: decided by when it has read the ledger, and by what the register says.
//!
//! Its place in the register must have been its own from before it read the ledger until the register answers that it still is, else
//! the maker of a discard may have looked in between and not found it. An entering that got no answer may still come to pass, and
//! one who is silent is removed by name. So a replica enters under another name each time, goes by a name only after the
//! register has answered that it is entered, and gives it up when it is told that it is gone.

use std::time::Duration;

use crate::jobs::ReplicaId;
use crate::ports::REPLICA_LEASE;

/// So much earlier than the makers of discards believe a lease ends: clocks differ in how fast they go.
const MARGIN: Duration = Duration::from_millis(100);

/// A replica's place in the register, and its lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tenure {
    name: Option<ReplicaId>,
    until: Option<Duration>,
}

impl Tenure {
    /// Under which name it is in the register; without one it must enter, under one that was never used.
    #[must_use]
    pub const fn name(&self) -> Option<&ReplicaId> {
        self.name.as_ref()
    }

    /// Goes by a name: the register has answered that it is entered.
    pub fn enter(&mut self, name: ReplicaId) {
        *self = Self { name: Some(name), until: None };
    }

    /// Begins the lease anew, or ends it: the register has answered whether it has this replica. The ledger was read after it was entered,
    /// which was begun at `from`, by the [clock that goes on](crate::ports::Clock::running).
    pub fn confirm(&mut self, from: Duration, registered: bool) {
        if registered && self.name.is_some() {
            self.until = Some(from + REPLICA_LEASE - MARGIN);
        } else {
            *self = Self::default();
        }
    }

    /// Whether it may answer from memory at `now`, by the same clock.
    #[must_use]
    pub fn is_held(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Ends it. Answers the name that is to be removed from the register: afterwards, so that it is not waited for any more only when it
    /// answers from memory no more.
    pub fn end(&mut self) -> Option<ReplicaId> {
        std::mem::take(self).name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Duration = Duration::from_secs(100);
    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn a_lease_is_counted_from_before_the_read_and_ends_before_others_believe_it_does() {
        let mut tenure = Tenure::default();
        tenure.enter(ReplicaId::new(1));
        assert!(!tenure.is_held(READ), "entering alone gives none");
        tenure.confirm(READ, true);
        let end = READ + REPLICA_LEASE - MARGIN;
        assert!(tenure.is_held(READ) && tenure.is_held(end - MOMENT) && !tenure.is_held(end));
    }

    #[test]
    fn who_is_not_in_the_register_has_no_lease_and_enters_under_another_name() {
        let mut tenure = Tenure::default();
        tenure.confirm(READ, true);
        assert!(!tenure.is_held(READ), "it never knew that it was entered");
        tenure.enter(ReplicaId::new(1));
        tenure.confirm(READ, true);
        tenure.confirm(READ + MOMENT, false);
        assert!(!tenure.is_held(READ + MOMENT) && tenure.name().is_none());
    }
}
