//! What each parameter of a query came to.

use std::collections::BTreeSet;

use super::super::query::{self, Query};
use super::super::reading::Reading;
use super::super::{CanonicalForm, IgnoredQuery, ImageRequest, Kind, Operation, Param, Refusal};
use super::super::{asks_for_auto, canonical, pipeline, refuse_local_file, source, usage, withhold};
use super::{Explained, Outcome, steps};

/// Parameters that say who asks. Their values are shown to nobody.
const CREDENTIALS: [&str; 2] = ["key", "sign"];

/// The parameters of a query, those of steps after their `operations`. `request` is what the parser made of it; nothing where it is
/// refused.
pub(super) fn explain(
    operation: Operation,
    query: &str,
    request: Option<&ImageRequest>,
    ignored: &IgnoredQuery,
) -> Vec<Explained> {
    let read = Query::parse(query);
    let form = request.map(|request| request.canonical(ignored));
    let reader = Reader { operation, form, request, negotiates: asks_for_auto(&read), query: read, ignored };
    reader.explain(query)
}

struct Reader<'a> {
    operation: Operation,
    form: Option<CanonicalForm>,
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
        match self.form.as_ref().and_then(|form| form.params().get(Param::Type.name())) {
            _ if !usage::uses(self.operation, Param::Type) => Outcome::NotRead,
            resolved => Outcome::Negotiated(resolved.cloned()),
        }
    }

    /// What the parser kept is what counts; why it kept nothing is asked of what it asks itself.
    fn parameter(&self, param: Param, text: &[u8]) -> Outcome {
        if let Some(kept) = self.form.as_ref().and_then(|form| form.params().get(param.name())) {
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
        match super::super::steps(self.operation, &self.query) {
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
