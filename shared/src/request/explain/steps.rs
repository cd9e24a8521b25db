//! What each parameter of each step of a pipeline came to.

use super::super::json::Json;
use super::super::pipeline::{self, Draft};
use super::super::reading::{Reading, shown_json};
use super::super::{IgnoredQuery, ImageRequest, Operation, Param, Step, canonical};
use super::{Explained, NumberedStep, Outcome};

/// The parameters of all steps, by step and name. `operations` is what was given, `request` what the parser made of it; nothing
/// where it is refused.
pub(super) fn explain(
    operations: &[u8],
    request: Option<&ImageRequest>,
    ignored: &IgnoredQuery,
) -> Vec<Explained> {
    let drafts = pipeline::read(operations).unwrap_or_default();
    let parsed = |number: usize| request.and_then(|request| request.steps.get(number - 1));
    let of_step = |(draft, number): (&Draft, usize)| {
        let step = Operation::of_step(draft.name()).map(|operation| NumberedStep { number, operation });
        let parsed = parsed(number);
        let explained = step.map(|step| {
            let param = move |(name, json): (&String, &Json)| explained(step, name, json, parsed, ignored);
            draft.params().iter().map(param).collect::<Vec<_>>()
        });
        explained.unwrap_or_default()
    };
    drafts.iter().zip(1..).flat_map(of_step).collect()
}

fn explained(
    step: NumberedStep,
    name: &str,
    json: &Json,
    parsed: Option<&Step>,
    ignored: &IgnoredQuery,
) -> Explained {
    let param = Param::from_name(name.as_bytes());
    let outcome =
        param.map_or(Outcome::Unknown, |param| outcome(step.operation, param, json, parsed, ignored));
    let value = param.map_or_else(|| json.shown(), |param| shown_json(param, json));
    let why = outcome.why(step.operation);
    Explained { step: Some(step), name: name.to_owned(), value: Some(value), outcome, why }
}

fn outcome(
    operation: Operation,
    param: Param,
    json: &Json,
    parsed: Option<&Step>,
    ignored: &IgnoredQuery,
) -> Outcome {
    let text = |value| canonical::value_text(value, &|url| url.identity(ignored));
    let kept = parsed.and_then(|step| step.params.iter().find(|(kept, _)| *kept == param));
    if let Some((_, kept)) = kept {
        return Outcome::Used(text(kept));
    }
    match Reading::of_json(operation, param, json) {
        Reading::Counts(value) if parsed.is_none() => Outcome::Used(text(&value)),
        Reading::Counts(_) => Outcome::Idle,
        Reading::Default => Outcome::Default,
        Reading::NotRead => Outcome::NotRead,
        Reading::Refused(refusal) => Outcome::Refused(refusal.message),
    }
}
