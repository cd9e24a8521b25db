//! The one spelling of a request, for the key, and the one that is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::source::SourceUrl;
use super::value::Value;
use super::{ImageRequest, Operation, Param, number, pipeline, query};

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
            params: params(request, link),
        }
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
        let mut pairs: BTreeMap<&str, &str> = self.params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
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
        Self { operation: request.operation, params: params(request, |url| url.as_str().to_owned()) }
    }

    /// The query, percent-encoded and sorted by name, without `?`.
    pub fn query(&self) -> String {
        query::write(self.params.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

fn params(request: &ImageRequest, link: impl Fn(&SourceUrl) -> String) -> BTreeMap<String, String> {
    let mut params: BTreeMap<String, String> =
        request.params.iter().map(|(param, value)| (param.name().to_owned(), spelled(value, &link))).collect();
    if request.operation == Operation::Pipeline {
        params.insert(Param::Operations.name().to_owned(), pipeline::write(&request.steps, &link));
    }
    params
}

fn spelled(value: &Value, link: &impl Fn(&SourceUrl) -> String) -> String {
    match value {
        Value::Whole(value) => value.to_string(),
        Value::Real(value) => number::shortest(*value),
        Value::Flag(on) => on.to_string(),
        Value::Text(text) | Value::Odd { text, .. } => text.clone(),
        Value::Link(url) => link(url),
    }
}
