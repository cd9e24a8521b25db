//! How ended jobs are searched, and walked page by page.

use std::fmt;
use std::str::FromStr;

use super::{EndedJob, EndedState};
use crate::time::Timestamp;

/// What is looked for; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// [`EndedJob::url`].
    pub url: Option<String>,
    /// [`EndedJob::host`].
    pub host: Option<String>,
    /// [`EndedJob::kind`].
    pub kind: Option<String>,
    /// [`EndedJob::state`].
    pub state: Option<EndedState>,
    /// [`EndedJob::error`].
    pub error: Option<String>,
    /// Only those that come after this one.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: usize,
}

/// The place of a job in the history, as text `{milliseconds}.{job}/{token}`: where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// [`EndedJob::ended_at`].
    pub ended_at: Timestamp,
    /// [`EndedJob::life`].
    pub life: String,
}

/// A text that is no [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the history of jobs")]
pub struct NotAPlace;

impl EndedJob {
    /// Where it stands in the history.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { ended_at: self.ended_at, life: self.life() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.ended_at.as_millis(), self.life)
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (millis, life) = text.split_once('.').ok_or(NotAPlace)?;
        let ended_at = Timestamp::from_millis(millis.parse().map_err(|_| NotAPlace)?);
        Ok(Self { ended_at, life: life.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { ended_at: Timestamp::from_millis(-3), life: "render/ab.c/0123".to_owned() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "12", "x.render/1"] {
            assert_eq!(bad.parse::<Place>(), Err(NotAPlace), "{bad}");
        }
    }
}
