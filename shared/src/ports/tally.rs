//! What has come of a revalidation: in numbers, and of the first sources that failed by name.

use serde::{Deserialize, Serialize};

use crate::told::cut;

/// What has come of it so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Sources, by what became of them.
    pub counts: Counts,
    /// The first of those of which nothing came. Records of earlier versions have none.
    #[serde(default)]
    pub failures: Failures,
}

/// Sources, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Their origins were asked.
    pub checked: u64,
    /// They had changed.
    pub changed: u64,
    /// They are not there any more.
    pub gone: u64,
    /// Their origins did not answer.
    pub failed: u64,
    /// They were as before.
    pub unchanged: u64,
    /// Nothing that was made of them before counts any more.
    pub discarded: u64,
}

/// The first sources that failed, [`Failures::MOST`] at most: a record does not grow with what fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failures(Vec<FailedSource>);

/// A source that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedSource {
    /// As its document names it, without what `sources.ignore_query` leaves out; cut where it is long.
    pub url: String,
    /// A sentence without secrets.
    pub cause: String,
}

impl Failures {
    /// So many are named.
    pub const MOST: usize = 20;

    /// Names one more, if there is room.
    pub fn add(&mut self, failed: FailedSource) {
        if self.0.len() < Self::MOST {
            self.0.push(failed);
        }
    }

    /// Those that are named, in the order in which they failed.
    pub fn iter(&self) -> impl Iterator<Item = &FailedSource> {
        self.0.iter()
    }
}

impl FailedSource {
    /// Both no longer than somebody reads.
    #[must_use]
    pub fn new(url: &str, cause: impl Into<String>) -> Self {
        Self { url: cut(url.to_owned()), cause: cut(cause.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failures_are_named_and_no_more() {
        let mut failures = Failures::default();
        for number in 0..3 * Failures::MOST {
            failures.add(FailedSource::new(&format!("http://a.test/{number}"), "it is away"));
        }
        let named: Vec<&str> = failures.iter().map(|failed| failed.url.as_str()).collect();
        let first: Vec<String> =
            (0..Failures::MOST).map(|number| format!("http://a.test/{number}")).collect();
        assert_eq!(named, first);
    }
}
