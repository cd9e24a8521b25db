//! For how long something has not answered.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Begins with a question in vain, and ends with any that is answered.
#[derive(Default)]
pub(crate) struct Absence(Mutex<State>);

#[derive(Default)]
struct State {
    /// When the first question was asked that was not answered.
    since: Option<Instant>,
    /// When the latest question was asked that was.
    answered: Option<Instant>,
    /// Whether somebody looks for the return.
    watched: bool,
}

impl Absence {
    /// A question that was asked at `asked` was answered, or not.
    pub(crate) fn note(&self, asked: Instant, answered: bool) {
        let mut state = self.state();
        if answered {
            state.since = None;
            state.answered = state.answered.max(Some(asked));
        } else {
            // One that waited in vain says nothing of the time before another was answered.
            state.since = state.since.or(state.answered.max(Some(asked)));
        }
    }

    /// Whether it has lasted for `span` at `now`.
    pub(crate) fn has_lasted(&self, span: Duration, now: Instant) -> bool {
        self.state().since.is_some_and(|since| now.saturating_duration_since(since) >= span)
    }

    /// Whether the caller has to look for the return: nobody else does.
    pub(crate) fn is_to_be_watched(&self) -> bool {
        !std::mem::replace(&mut self.state().watched, true)
    }

    /// Who looked for the return has found it.
    pub(crate) fn is_over(&self) {
        let mut state = self.state();
        (state.since, state.watched) = (None, false);
    }

    /// A panic under the lock leaves it whole: each change of it is one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(2);

    #[test]
    fn it_lasts_from_the_first_question_in_vain_until_one_is_answered() {
        let (absence, start) = (Absence::default(), Instant::now());
        let after = |millis| start + Duration::from_millis(millis);
        assert!(!absence.has_lasted(SPAN, after(9_000)), "nobody has asked");
        absence.note(after(0), false);
        absence.note(after(1_500), false);
        assert!(!absence.has_lasted(SPAN, after(1_999)));
        assert!(absence.has_lasted(SPAN, after(2_000)));
        absence.note(after(2_100), true);
        assert!(!absence.has_lasted(SPAN, after(2_200)));
        absence.note(after(2_200), false);
        assert!(!absence.has_lasted(SPAN, after(4_100)), "counted anew");
        assert!(absence.has_lasted(SPAN, after(4_200)));
        absence.note(after(5_000), true);
        absence.note(after(3_000), false);
        assert!(!absence.has_lasted(SPAN, after(6_999)), "others were answered since");
    }

    #[test]
    fn one_looks_for_the_return() {
        let absence = Absence::default();
        assert!(absence.is_to_be_watched() && !absence.is_to_be_watched());
        absence.is_over();
        assert!(absence.is_to_be_watched(), "the next time it is another");
    }
}
