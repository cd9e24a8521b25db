//! A request for a picture as a value, its canonical form and its cache key. Pure: no input or output.
//!
//! What imaginary's parameters mean was read in its source (v1.2.4: `params.go`, `options.go`, `image.go`,
//! `controllers.go`, and bimg 1.1.4) and compared on the running program. The rule for the canonical form: whatever is
//! merged renders the same bytes; where that is not known, requests are kept apart.

mod accept;
mod canonical;
mod explain;
mod extent;
mod identity;
mod json;
mod key;
mod number;
mod operation;
mod param;
mod params;
mod pipeline;
mod place;
mod plain;
mod plan;
mod query;
mod reading;
mod refusal;
mod signature;
mod source;
mod spelling;
mod usage;
mod value;
mod withhold;
mod words;

pub use canonical::{CanonicalForm, Render};
pub use explain::{Explained, Explanation, NumberedStep, Outcome};
pub use extent::{Extent, asked as asked_extent, largest as largest_extent};
pub use identity::{IgnoredQuery, NotADigest, NotATag, SourceId, SourceTag};
pub use key::CacheKey;
pub use operation::{NoSuchOperation, Operation};
pub use param::{Kind, Param};
pub use params::Params;
pub use pipeline::Step;
pub use place::{HostName, HostProblem, PrefixProblem, UrlPrefix};
pub use plain::PlainUrl;
pub use plan::{Aim, Finish, Plan};
pub use refusal::{Refusal, RefusalCode};
pub use signature::{SHORTEST_SIGNATURE_KEY, signature};
pub use source::{SourceUrl, UrlProblem};
pub use value::Value;

use query::Query;
use refusal::shorten;

/// A request that can be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageRequest {
    /// What is asked for.
    pub operation: Operation,
    /// The picture that `url` names.
    pub source: SourceUrl,
    /// The parameters that enter into it, `type=auto` already resolved.
    pub params: Params,
    /// The steps of `pipeline`; empty for every other operation.
    pub steps: Vec<Step>,
    negotiates: bool,
}

impl ImageRequest {
    /// Reads a request: the path as it was sent (percent-encoded), the query without `?`, and the first `Accept`
    /// line, which counts for `type=auto` alone.
    ///
    /// # Errors
    /// A refusal for what imaginary would refuse or crash on, and for `file` and credentials in an address. Of
    /// several faults the path is named first, then `file`, `url`, `operations` and the parameters by name.
    pub fn parse(path: &str, query: &str, accept: Option<&str>) -> Result<Self, Refusal> {
        let operation = Operation::of_path(path).ok_or_else(|| unknown_operation(path))?;
        let query = Query::parse(query);
        refuse_local_file(&query)?;
        let source = source(&query)?;
        let steps = steps(operation, &query)?;

        let negotiates = asks_for_auto(&query);
        let given = query.pairs().filter(|(name, _)| !(negotiates && *name == b"type"));
        let mut params = Params::from_query(operation, given)?;
        if negotiates
            && usage::uses(operation, Param::Type)
            && let Some(format) = accept::negotiated(accept.unwrap_or_default())
        {
            params.set_text(Param::Type, format);
        }
        if let Some(what) = usage::missing(operation, &params) {
            return Err(missing(operation, what));
        }
        usage::refuse_crash(operation, &params)?;
        usage::drop_idle(operation, &mut params);
        Ok(Self { operation, source, params, steps, negotiates })
    }

    /// Whether `type=auto` was asked for, so that the answer depends on `Accept`.
    pub const fn negotiates(&self) -> bool {
        self.negotiates
    }

    /// Every picture that is fetched for it: `url`, then `image`, then the `image` of each step; each once.
    pub fn sources(&self) -> Vec<&SourceUrl> {
        let links =
            self.params.link().into_iter().chain(self.steps.iter().filter_map(|step| step.params.link()));
        let mut sources = vec![&self.source];
        for link in links {
            if !sources.contains(&link) {
                sources.push(link);
            }
        }
        sources
    }

    /// The form that the key is made of.
    pub fn canonical(&self, ignored: &IgnoredQuery) -> CanonicalForm {
        CanonicalForm::of(self, |url| url.identity(ignored))
    }

    /// The largest extent that is asked for whatever the source; `None` where it depends on the source.
    pub fn asked_extent(&self) -> Option<Extent> {
        asked_extent(self.operation, &self.params, &self.steps)
    }

    /// What a worker sends to imaginary.
    pub fn render(&self) -> Render {
        Render::of(self)
    }
}

/// Whether a query asks for `type=auto`. For refusals, which then depend on `Accept` like any other answer.
pub fn negotiates(query: &str) -> bool {
    asks_for_auto(&Query::parse(query))
}

/// The first value of a parameter, decoded as imaginary decodes it: of those that say who asks, not what.
pub fn parameter(query: &str, name: &str) -> Option<Vec<u8>> {
    Query::parse(query).first(name).map(<[u8]>::to_vec)
}

fn asks_for_auto(query: &Query) -> bool {
    query.first("type") == Some(b"auto")
}

/// imaginary would read a file of its own machine, even when it is only started for URLs.
fn refuse_local_file(query: &Query) -> Result<(), Refusal> {
    match query.first("file") {
        Some(value) => {
            let shown = shorten(withhold::address(value).as_bytes());
            let message = format!("file is {shown}; allowed is url, an http or https address");
            Err(Refusal::new(RefusalCode::LocalFile, message))
        }
        None => Ok(()),
    }
}

fn source(query: &Query) -> Result<SourceUrl, Refusal> {
    let value = query.first("url").unwrap_or_default();
    if value.is_empty() {
        let message = "url is missing; needed is the http or https address of a picture";
        return Err(Refusal::new(RefusalCode::MissingUrl, message));
    }
    std::str::from_utf8(value).map_err(|_| UrlProblem::NotUtf8).and_then(SourceUrl::parse).map_err(
        |problem| {
            let shown = shorten(withhold::address(value).as_bytes());
            Refusal::new(RefusalCode::BadUrl, format!("url is {shown}: {problem}"))
        },
    )
}

/// imaginary decodes `operations` for every operation, and looks at the steps for `pipeline` alone.
fn steps(operation: Operation, query: &Query) -> Result<Vec<Step>, Refusal> {
    let text = query.first(Param::Operations.name()).unwrap_or_default();
    if operation == Operation::Pipeline {
        return pipeline::steps(text);
    }
    pipeline::read(text).map(|_| Vec::new()).map_err(|_| pipeline::malformed(text))
}

fn unknown_operation(path: &str) -> Refusal {
    let names = Operation::ALL.map(Operation::name).join(", ");
    let message = format!("no operation at {}; allowed are {names}", shorten(path.as_bytes()));
    Refusal::new(RefusalCode::UnknownOperation, message)
}

fn missing(operation: Operation, what: &str) -> Refusal {
    Refusal::new(RefusalCode::BadParameter, format!("{operation} needs {what}"))
}
