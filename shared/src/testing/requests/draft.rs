//! A request before it is spelled.

use super::steps::StepDraft;
use crate::request::Operation;

/// What a client means, in decoded text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) operation: Operation,
    /// Names and values. Of duplicates the first counts; otherwise the order does not matter.
    pub(super) pairs: Vec<(String, String)>,
    /// The steps of a pipeline, where they are a list of steps; else `operations` is among the pairs.
    pub(super) steps: Vec<StepDraft>,
    /// A raw pair that stands at the end of the query.
    pub(super) tail: Option<&'static str>,
    pub(super) accept: Option<String>,
    /// Whether the path ends in a slash, which names nothing.
    pub(super) slash: bool,
}

impl Draft {
    /// The value of a name that counts, tail aside.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// How often a name is given.
    pub(super) fn count(&self, name: &str) -> usize {
        let tail = self.tail.and_then(|tail| tail.split('=').next());
        self.pairs.iter().filter(|(other, _)| other == name).count() + usize::from(tail == Some(name))
    }

    /// Whether the type of the answer follows `Accept`.
    pub(super) fn negotiates(&self) -> bool {
        self.first("type") == Some("auto")
    }
}
