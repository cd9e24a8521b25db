//! The one spelling of a request, for the key, and the one that is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::source::SourceUrl;
use super::value::Value;
use super::{ImageRequest, Operation, Param, Params, Step, number, pipeline, query};

/// What a request asks for, in one spelling: requests that differ only in ways that imaginary does not see have
/// one canonical form. Addresses stand in it as identities, without ignored parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CanonicalForm {
    operation: Operation,
    source: String,
    params: BTreeMap<String, String>,
}

impl CanonicalForm {
    pub(super) fn of(request: &ImageRequest, link: impl Fn(&SourceUrl) -> String) -> Self {
        Self {
            operation: request.operation,
            source: link(&request.source),
            params: spell(request.operation, &request.params, &request.steps, link),
        }
    }

    /// One of which the parts are known, such as what an entry keeps of it.
    pub const fn known(operation: Operation, source: String, params: BTreeMap<String, String>) -> Self {
        Self { operation, source, params }
    }

    /// The operation.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The identity of the source that `url` names.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Canonical values by name, without `url`.
    pub const fn params(&self) -> &BTreeMap<String, String> {
        &self.params
    }

    /// The form as a path and query, sorted by name, everything but unreserved characters percent-encoded: two
    /// forms have one text only if they are equal, and it parses to the form again.
    pub fn text(&self) -> String {
        let mut pairs: BTreeMap<&str, &str> =
            self.params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        pairs.insert("url", &self.source);
        format!("/{}?{}", self.operation, query::write(pairs.into_iter()))
    }
}

/// What is sent to imaginary, `POST /{operation}?{query}`: the canonical form with the real address of `image`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Render {
    /// The operation.
    pub operation: Operation,
    /// Canonical values by name, without `url`.
    pub params: BTreeMap<String, String>,
}

impl Render {
    pub(super) fn of(request: &ImageRequest) -> Self {
        let link = |url: &SourceUrl| url.as_str().to_owned();
        let params = spell(request.operation, &request.params, &request.steps, link);
        Self { operation: request.operation, params }
    }

    /// The parameters and the steps as values again.
    ///
    /// # Errors
    /// A refusal, if this was not made from a request.
    pub fn read(&self) -> Result<(Params, Vec<Step>), Refusal> {
        let pairs = self.params.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let params = Params::from_query(self.operation, pairs)?;
        let steps = match self.params.get(Param::Operations.name()) {
            Some(operations) if self.operation == Operation::Pipeline => {
                pipeline::steps(operations.as_bytes())?
            }
            _ => Vec::new(),
        };
        Ok((params, steps))
    }

    /// The same rendering with other addresses in the place of each `image`, also in steps: those under which
    /// imaginary finds what has been fetched for it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn relinked(&self, link: impl Fn(&SourceUrl) -> String) -> Result<Self, Refusal> {
        let (params, steps) = self.read()?;
        Ok(Self { operation: self.operation, params: spell(self.operation, &params, &steps, link) })
    }

    /// The query, percent-encoded and sorted by name, without `?`.
    pub fn query(&self) -> String {
        query::write(self.params.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

fn spell(
    operation: Operation,
    params: &Params,
    steps: &[Step],
    link: impl Fn(&SourceUrl) -> String,
) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> =
        params.iter().map(|(param, value)| (param.name().to_owned(), value_text(value, &link))).collect();
    if operation == Operation::Pipeline {
        out.insert(Param::Operations.name().to_owned(), pipeline::write(steps, &link));
    }
    out
}

/// A value as the canonical form and what is sent have it; `link` spells addresses.
pub(super) fn value_text(value: &Value, link: &impl Fn(&SourceUrl) -> String) -> String {
    match value {
        Value::Whole(value) => value.to_string(),
        Value::Real(value) => number::shortest(*value),
        Value::Flag(on) => on.to_string(),
        Value::Text(text) | Value::Odd { text, .. } => text.clone(),
        Value::Link(url) => link(url),
    }
}
