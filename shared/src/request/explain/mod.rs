//! What each parameter of a request came to, for people who ask why two requests are one, or are not.

mod outcome;
mod steps;

use std::collections::BTreeSet;

use super::query::{self, Query};
use super::reading::Reading;
use super::{CanonicalForm, IgnoredQuery, ImageRequest, Kind, Operation, Param, Refusal};
use super::{asks_for_auto, canonical, pipeline, refuse_local_file, source, usage, withhold};

pub use outcome::Outcome;

/// Parameters that say who asks. Their values are shown to nobody.
const CREDENTIALS: [&str; 2] = ["key", "sign"];

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
    /// Its value, percent-decoded, of a step as JSON and shortened; nothing where it is not shown.
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
        let form = request.as_ref().ok().map(|request| request.canonical(ignored));
        let reader = |operation| {
            let (form, request) = (form.as_ref(), request.as_ref().ok());
            let read = Query::parse(query);
            Reader { operation, form, request, negotiates: asks_for_auto(&read), query: read, ignored }
        };
        let parameters = operation.map(reader).map(|reader| reader.explain(query)).unwrap_or_default();
        Self { operation, parameters, request }
    }
}

struct Reader<'a> {
    operation: Operation,
    /// What the parser made of the request; nothing where it is refused.
    form: Option<&'a CanonicalForm>,
    request: Option<&'a ImageRequest>,
    negotiates: bool,
    query: Query,
    ignored: &'a IgnoredQuery,
}

impl Reader<'_> {
    fn explain(&self, raw: &str) -> Vec<Explained> {
        let mut seen = BTreeSet::new();
        let mut explained = Vec::new();
        for (sent, read) in query::pairs(raw) {
            match read {
                None => explained.push(self.unreadable(sent)),
                Some((name, value)) => {
                    let first = seen.insert(name.clone());
                    let outcome = if first { self.first(&name, &value) } else { Outcome::Repeated };
                    let name = String::from_utf8_lossy(&name).into_owned();
                    let has_steps = name == Param::Operations.name() && self.operation == Operation::Pipeline;
                    explained.push(self.explained(name.clone(), shown(&name, &value), outcome));
                    if first && has_steps {
                        explained.extend(steps::explain(&value, self.request, self.ignored));
                    }
                }
            }
        }
        explained
    }

    fn explained(&self, name: String, value: Option<String>, outcome: Outcome) -> Explained {
        let why = outcome.why(self.operation);
        Explained { step: None, name, value, outcome, why }
    }

    /// A pair that nobody can read. Its name may be that of a secret all the same.
    fn unreadable(&self, sent: &str) -> Explained {
        let (name, value) = sent.split_once('=').unwrap_or((sent, ""));
        let name = query::unescape_name(name).and_then(|name| String::from_utf8(name).ok());
        let name = name.unwrap_or_else(|| sent.split('=').next().unwrap_or_default().to_owned());
        let value = shown(&name, value.as_bytes());
        self.explained(name, value, Outcome::Unreadable)
    }

    /// What the first pair of a name came to.
    fn first(&self, name: &[u8], value: &[u8]) -> Outcome {
        match std::str::from_utf8(name) {
            Ok("url") => self.source(),
            Ok("file") => refused(refuse_local_file(&self.query)).unwrap_or(Outcome::Unknown),
            Ok(name) if CREDENTIALS.contains(&name) => Outcome::Credential,
            Ok("type") if self.negotiates => self.negotiated(),
            _ => Param::from_name(name).map_or(Outcome::Unknown, |param| self.parameter(param, value)),
        }
    }

    fn source(&self) -> Outcome {
        match source(&self.query) {
            Ok(source) => Outcome::Used(source.identity(self.ignored)),
            Err(refusal) => Outcome::Refused(refusal.message),
        }
    }

    fn negotiated(&self) -> Outcome {
        match self.form.and_then(|form| form.params().get(Param::Type.name())) {
            _ if !usage::uses(self.operation, Param::Type) => Outcome::NotRead,
            resolved => Outcome::Negotiated(resolved.cloned()),
        }
    }

    /// What the parser kept is what counts; why it kept nothing is asked of what it asks itself.
    fn parameter(&self, param: Param, text: &[u8]) -> Outcome {
        if let Some(kept) = self.form.and_then(|form| form.params().get(param.name())) {
            return Outcome::Used(kept.clone());
        }
        if param.kind() == Kind::Steps {
            return self.operations();
        }
        match Reading::of_text(self.operation, param, text) {
            Reading::Counts(value) if self.form.is_none() => {
                Outcome::Used(canonical::value_text(&value, &|url| url.identity(self.ignored)))
            }
            Reading::Counts(_) => Outcome::Idle,
            Reading::Default => Outcome::Default,
            Reading::NotRead => Outcome::NotRead,
            Reading::Refused(refusal) => Outcome::Refused(refusal.message),
        }
    }

    fn operations(&self) -> Outcome {
        match super::steps(self.operation, &self.query) {
            Err(refusal) => Outcome::Refused(refusal.message),
            Ok(_) if self.operation != Operation::Pipeline => Outcome::NotRead,
            Ok(steps) => Outcome::Used(pipeline::write(&steps, &|url| url.identity(self.ignored))),
        }
    }
}

fn refused<T>(read: Result<T, Refusal>) -> Option<Outcome> {
    read.err().map(|refusal| Outcome::Refused(refusal.message))
}

/// A value that may be shown.
fn shown(name: &str, value: &[u8]) -> Option<String> {
    match name {
        name if CREDENTIALS.contains(&name) => None,
        "url" | "image" | "file" => Some(withhold::address(value)),
        _ => Some(withhold::within(value)),
    }
}

#[cfg(test)]
mod tests;
