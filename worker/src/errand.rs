//! On whose behalf a picture is made.

use crate::hold::Hold;
use crate::spell::Spell;
use crate::took::Took;

/// On whose behalf a picture is made.
#[derive(Clone, Copy)]
pub(crate) enum Errand<'a> {
    /// That of a claim, which may be lost on the way.
    Claim(&'a Hold),
    /// That of an API which asks directly, and is gone when the picture is no longer wanted.
    Direct(&'a Took),
    /// Nobody's: it goes behind all others, while a job of upkeep may go on.
    Nobody(&'a Hold, &'a Spell),
}

impl Errand<'_> {
    /// Where it is written down what the parts take.
    pub(crate) const fn took(&self) -> &Took {
        match self {
            Self::Claim(hold) | Self::Nobody(hold, _) => hold.took(),
            Self::Direct(took) => took,
        }
    }

    /// Whether it is known to be another's by now.
    pub(crate) async fn is_lost(&self) -> bool {
        match self {
            Self::Claim(hold) | Self::Nobody(hold, _) => hold.is_lost().await,
            Self::Direct(_) => false,
        }
    }

    /// Within what a picture is to be made for which nobody waits.
    pub(crate) const fn spell(&self) -> Option<&Spell> {
        match self {
            Self::Nobody(_, spell) => Some(spell),
            Self::Claim(_) | Self::Direct(_) => None,
        }
    }
}
