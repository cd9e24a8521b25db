//! The lives of a job that one flight has to do with: the one that it waits for, and those that it began. Pure.

use imcaxy_shared::jobs::Token;
use imcaxy_shared::ports::Submitted;

/// Lives of one job, by their tokens.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    awaited: Option<Token>,
    /// Those that were proposed and may have begun. A flight may begin several: it submits again, and what it hears next may still
    /// come from the one before; nor is a submission lost whose answer is.
    own: Vec<Token>,
}

impl Lives {
    /// The life that is waited for.
    pub(crate) const fn awaited(&self) -> Option<&Token> {
        self.awaited.as_ref()
    }

    /// Whether the flight began this life, so that its leader caused what comes from it.
    pub(crate) fn began(&self, life: &Token) -> bool {
        self.own.contains(life)
    }

    /// Whether the flight began what it waits for; where no submission was answered, it may have.
    pub(crate) fn began_awaited(&self) -> bool {
        self.awaited.as_ref().map_or(!self.own.is_empty(), |awaited| self.began(awaited))
    }

    /// Whether something was submitted, answered or not.
    pub(crate) const fn submitted(&self) -> bool {
        self.awaited.is_some() || !self.own.is_empty()
    }

    /// Names the life that a submission begins where none is alive. Until the answer is known it may have begun.
    pub(crate) fn propose(&mut self, life: Token) {
        self.own.push(life);
    }

    /// Learns what became of the last proposal. Answers the life that was waited for, if it is another one now.
    pub(crate) fn settle(&mut self, submitted: &Submitted) -> Option<Token> {
        let counts = submitted.token();
        if self.own.last() != counts {
            self.own.pop();
        }
        let before = self.awaited.take();
        self.awaited = counts.cloned().or_else(|| before.clone());
        before.filter(|before| Some(before) != self.awaited.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::ports::Overload;

    use super::*;

    fn life(number: u128) -> Token {
        Token::new(number)
    }

    #[test]
    fn a_life_that_was_joined_was_begun_by_somebody_else() {
        let mut lives = Lives::default();
        lives.propose(life(1));
        assert_eq!(lives.settle(&Submitted::Joined(life(9))), None);
        assert_eq!(lives.awaited(), Some(&life(9)));
        assert!(!lives.began_awaited() && !lives.began(&life(1)));
    }

    #[test]
    fn a_life_that_was_begun_before_another_still_is_the_flights_own() {
        let mut lives = Lives::default();
        lives.propose(life(1));
        assert_eq!(lives.settle(&Submitted::Queued(life(1))), None);
        // It is alive still.
        lives.propose(life(2));
        assert_eq!(lives.settle(&Submitted::Joined(life(1))), None);
        // It ended between the look and the submission.
        lives.propose(life(3));
        assert_eq!(lives.settle(&Submitted::Queued(life(3))), Some(life(1)));
        assert!(lives.began(&life(1)) && lives.began_awaited() && !lives.began(&life(2)));
    }

    #[test]
    fn a_submission_whose_answer_was_lost_may_have_begun_a_life() {
        let mut lives = Lives::default();
        assert!(!lives.submitted() && !lives.began_awaited());
        lives.propose(life(1));
        assert!(lives.submitted() && lives.began_awaited());
        lives.propose(life(2));
        assert_eq!(lives.settle(&Submitted::Joined(life(1))), None);
        assert!(lives.began_awaited() && !lives.began(&life(2)));
    }

    #[test]
    fn a_submission_that_is_refused_begins_nothing_and_changes_nothing() {
        let mut lives = Lives::default();
        lives.propose(life(1));
        lives.settle(&Submitted::Queued(life(1)));
        lives.propose(life(2));
        assert_eq!(lives.settle(&Submitted::Refused(Overload::Full)), None);
        assert!(lives.began_awaited() && !lives.began(&life(2)));
    }
}
