//! Places in lists that are ordered by time.

use std::fmt;
use std::str::FromStr;

use crate::time::Timestamp;

/// Where a page of such a list ended, as text `{milliseconds}.{id}`: the next one begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it was.
    pub at: Timestamp,
    /// Tells those apart that were at the same time.
    pub id: String,
}

/// A text that is no [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a list")]
pub struct NotAMoment;

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_millis(), self.id)
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let (millis, id) = text.split_once('.').ok_or(NotAMoment)?;
        let at = Timestamp::from_millis(millis.parse().map_err(|_| NotAMoment)?);
        Ok(Self { at, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        let moment = Moment { at: Timestamp::from_millis(-3), id: "render/a.b/0123".to_owned() };
        assert_eq!(moment.to_string().parse(), Ok(moment));
        for bad in ["", "12", "x.1"] {
            assert_eq!(bad.parse::<Moment>(), Err(NotAMoment), "{bad}");
        }
    }
}
