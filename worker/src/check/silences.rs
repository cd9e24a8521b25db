//! Hosts that do not answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A host that has been silent so often in a row is asked about nothing more for now.
const MOST: u32 = 3;

/// How often in a row each host has been silent, in one job.
#[derive(Default)]
pub(crate) struct Silences(Mutex<HashMap<String, u32>>);

impl Silences {
    /// Whether a host is still asked.
    pub(super) fn allow(&self, host: &str) -> bool {
        let silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        silences.get(host).is_none_or(|count| *count < MOST)
    }

    /// Notes whether a host has answered.
    pub(super) fn note(&self, host: &str, has_answered: bool) {
        let mut silences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if has_answered {
            silences.remove(host);
        } else {
            *silences.entry(host.to_owned()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_silent_three_times_in_a_row_is_not_asked() {
        let silences = Silences::default();
        for (has_answered, allowed) in
            [(false, true), (false, true), (true, true), (false, true), (false, true), (false, false)]
        {
            silences.note("a.test", has_answered);
            assert_eq!(silences.allow("a.test"), allowed);
        }
        assert!(silences.allow("b.test"));
    }
}
