//! When origins are asked whether sources have changed.

use std::time::Duration;

use confique::Config;

use super::super::value::{Limit, value};
use crate::entry::Rhythm;

/// When origins are asked whether sources have changed. Read by `worker`, and by `scheduler`, which has them asked.
#[derive(Clone, Debug, Config)]
pub struct Revalidation {
    /// How long after a source was fetched its origin is asked whether it has changed: twice as long each time that it has not, and as long as at
    /// first when it has. With `none` nobody is asked unasked.
    #[config(default = "1h", deserialize_with = value)]
    pub interval: Limit<Duration>,

    /// The longest of these intervals; with `none` it is a year.
    #[config(default = "24h", deserialize_with = value)]
    pub max_interval: Limit<Duration>,

    /// How often in a row, 30 seconds apart or more, an origin has to answer 404 or 410 until the source counts as gone and what was made of it
    /// is discarded; until then that is answered. Read by `worker`.
    #[config(default = "2", deserialize_with = value)]
    pub gone_after: u64,
}

impl Revalidation {
    /// The rhythm of the checks, which those have that are asked for, too.
    #[must_use]
    pub fn rhythm(&self) -> Rhythm {
        /// Those of the defaults, and a year where there is no longest one.
        const FIRST: Duration = Duration::from_secs(3600);
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

        let longest = self.max_interval.0.unwrap_or(YEAR);
        Rhythm {
            first: self.interval.0.unwrap_or(FIRST).min(longest),
            longest,
            gone_after: u32::try_from(self.gone_after).unwrap_or(u32::MAX),
        }
    }

    /// What is wrong with them: a sentence each.
    pub(in crate::config) fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.interval.0 == Some(Duration::ZERO) {
            found.push(
                "revalidation.interval = 0s: a time above 0 is allowed, or none, which asks nobody"
                    .to_owned(),
            );
        }
        if let (Some(first), Some(longest)) = (self.interval.0, self.max_interval.0)
            && first > longest
        {
            found.push(
                "revalidation.interval is longer than revalidation.max_interval, which bounds it".to_owned(),
            );
        }
        if self.gone_after == 0 {
            found.push("revalidation.gone_after = 0: 1 or more is allowed".to_owned());
        }
        found
    }
}
