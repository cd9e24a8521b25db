//! What each parameter of a request came to, for people who ask why two requests are one, or are not.

mod outcome;
mod parameters;
mod steps;

use super::{IgnoredQuery, ImageRequest, Operation, Refusal};

pub use outcome::Outcome;

/// A request and all that was read to come to it. Neither API keys and signatures nor users and passwords in addresses are in it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The operation that the path names.
    pub operation: Option<Operation>,
    /// Every parameter in the order of the query, those of steps after their `operations`; empty where the path names no operation.
    pub parameters: Vec<Explained>,
    /// The request, or the first reason to refuse it.
    pub request: Result<ImageRequest, Refusal>,
}

/// One parameter and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The step that it is for; none: it stands in the query itself.
    pub step: Option<NumberedStep>,
    /// Its name, percent-decoded; as it was sent where that is not possible.
    pub name: String,
    /// Its value likewise, of a step as JSON and shortened; nothing where it is not shown.
    pub value: Option<String>,
    /// What it came to. Of a request that is refused for something else, as far as the parameter alone tells.
    pub outcome: Outcome,
    /// The same in words.
    pub why: String,
}

/// A step of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedStep {
    /// Counted from 1.
    pub number: usize,
    /// What it does.
    pub operation: Operation,
}

impl Explanation {
    /// Explains what [`ImageRequest::parse`] reads.
    pub fn of(path: &str, query: &str, accept: Option<&str>, ignored: &IgnoredQuery) -> Self {
        let request = ImageRequest::parse(path, query, accept);
        let operation = Operation::of_path(path);
        let parsed = request.as_ref().ok();
        let explain = |operation| parameters::explain(operation, query, parsed, ignored);
        let parameters = operation.map(explain).unwrap_or_default();
        Self { operation, parameters, request }
    }
}

#[cfg(test)]
mod tests;
