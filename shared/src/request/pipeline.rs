//! The steps of `pipeline`, from imaginary's `operations` and back to it.

use std::collections::BTreeMap;

use super::json::{Json, Reader};
use super::params::Params;
use super::refusal::{Refusal, RefusalCode, shorten};
use super::source::SourceUrl;
use super::value::Value;
use super::{Operation, Param, number, usage, withhold};

/// imaginary's limit (`Pipeline` in `image.go`).
const MOST_STEPS: usize = 10;

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does; neither `info` nor `pipeline`.
    pub operation: Operation,
    /// A failure leaves an empty picture to the next step, instead of ending the request.
    pub ignore_failure: bool,
    /// Its own parameters; those of the query do not reach it.
    pub params: Params,
}

/// A step as Go decodes it, before anyone asks what it means.
#[derive(Debug, Default)]
pub(super) struct Draft {
    name: String,
    ignore_failure: bool,
    params: BTreeMap<String, Json>,
}

impl Draft {
    /// What is to be done, in imaginary's words.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The parameters as they were given, by name.
    pub(super) const fn params(&self) -> &BTreeMap<String, Json> {
        &self.params
    }
}

/// `operations` is not what Go decodes into a list of steps.
#[derive(Debug)]
pub(super) struct NotSteps;

/// Decodes `operations`. As in Go: what follows the list is ignored, fields are found in any case, an unknown one
/// is an error, of duplicates the last counts, `params` given twice are joined, and `null` changes nothing but
/// for `params`, which it empties. Less than two bytes are no steps.
pub(super) fn read(text: &[u8]) -> Result<Vec<Draft>, NotSteps> {
    if text.len() < 2 {
        return Ok(Vec::new());
    }
    list(&mut Reader::new(text)).ok_or(NotSteps)
}

fn list(json: &mut Reader<'_>) -> Option<Vec<Draft>> {
    if json.peek()? == b'n' {
        return json.word(b"null", Vec::new());
    }
    json.expect(b'[')?;
    let mut drafts = Vec::new();
    if json.eat(b']') {
        return Some(drafts);
    }
    loop {
        drafts.push(draft(json)?);
        if json.eat(b']') {
            return Some(drafts);
        }
        json.expect(b',')?;
    }
}

fn draft(json: &mut Reader<'_>) -> Option<Draft> {
    let mut draft = Draft::default();
    if json.peek()? == b'n' {
        return json.word(b"null", draft);
    }
    object(json, |json, key| {
        match field(&key).as_str() {
            "operation" => match json.value(2)? {
                Json::Text(name) => draft.name = name,
                Json::Null => {}
                _ => return None,
            },
            "ignore_failure" => match json.value(2)? {
                Json::Flag(on) => draft.ignore_failure = on,
                Json::Null => {}
                _ => return None,
            },
            "params" if json.peek()? == b'n' => {
                json.word(b"null", ())?;
                draft.params.clear();
            }
            "params" => object(json, |json, name| {
                let value = json.value(3)?;
                draft.params.insert(name, value);
                Some(())
            })?,
            _ => return None,
        }
        Some(())
    })?;
    Some(draft)
}

/// A field's name in lower case, under Unicode's simple folding as in Go: two letters fold to ASCII ones.
fn field(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            '\u{17F}' => 's',
            '\u{212A}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

fn object<'a>(
    json: &mut Reader<'a>,
    mut member: impl FnMut(&mut Reader<'a>, String) -> Option<()>,
) -> Option<()> {
    json.expect(b'{')?;
    if json.eat(b'}') {
        return Some(());
    }
    loop {
        let key = json.key()?;
        member(json, key)?;
        if json.eat(b'}') {
            return Some(());
        }
        json.expect(b',')?;
    }
}

/// Reads the steps of `/pipeline`.
pub(super) fn steps(text: &[u8]) -> Result<Vec<Step>, Refusal> {
    let drafts = read(text).map_err(|NotSteps| malformed(text))?;
    if drafts.is_empty() {
        return Err(bad(
            "operations is missing or empty; allowed is a JSON list of one to ten steps".to_owned()
        ));
    }
    if drafts.len() > MOST_STEPS {
        return Err(bad(format!("operations has {} steps; allowed are at most {MOST_STEPS}", drafts.len())));
    }
    drafts.iter().zip(1..).map(|(draft, number)| step(draft, number)).collect()
}

/// The refusal of an `operations` that does not decode, which imaginary refuses on every endpoint.
pub(super) fn malformed(text: &[u8]) -> Refusal {
    bad(format!(
        "operations is {}; allowed is a JSON list of objects with operation, ignore_failure and params",
        shorten(withhold::within(text).as_bytes())
    ))
}

fn step(draft: &Draft, number: usize) -> Result<Step, Refusal> {
    let Some(operation) = Operation::of_step(&draft.name) else {
        let names: Vec<_> = Operation::ALL.into_iter().filter_map(Operation::step_name).collect();
        let name = shorten(draft.name.as_bytes());
        return Err(bad(format!("operations: step {number} is {name}; allowed are {}", names.join(", "))));
    };
    let place = format!("operations: step {number} ({}): ", draft.name);
    let mut params = Params::from_step(operation, &draft.params).map_err(|refusal| refusal.within(&place))?;
    // A step that lacks something fails before it could crash; told to ignore that, imaginary goes on.
    match usage::missing(operation, &params) {
        Some(what) if !draft.ignore_failure => return Err(super::missing(operation, what).within(&place)),
        Some(_) => {}
        None => usage::refuse_crash(operation, &params).map_err(|refusal| refusal.within(&place))?,
    }
    if !draft.ignore_failure {
        usage::refuse_step_type(operation, &params).map_err(|refusal| refusal.within(&place))?;
    }
    usage::drop_idle(operation, &mut params);
    Ok(Step { operation, ignore_failure: draft.ignore_failure, params })
}

fn bad(message: String) -> Refusal {
    Refusal::new(RefusalCode::BadOperations, message)
}

/// The steps as JSON: their order kept, their fields and parameters sorted, what is default left out.
pub(super) fn write(steps: &[Step], link: &impl Fn(&SourceUrl) -> String) -> String {
    let steps: Vec<_> = steps.iter().map(|step| write_step(step, link)).collect();
    format!("[{}]", steps.join(","))
}

fn write_step(step: &Step, link: &impl Fn(&SourceUrl) -> String) -> String {
    let mut out = String::from("{");
    if step.ignore_failure {
        out.push_str("\"ignore_failure\":true,");
    }
    out.push_str("\"operation\":");
    out.push_str(&quote(step.operation.step_name().unwrap_or_default()));
    let params: Vec<_> = step.params.iter().map(|(param, value)| write_param(param, value, link)).collect();
    if !params.is_empty() {
        out.push_str(",\"params\":{");
        out.push_str(&params.join(","));
        out.push('}');
    }
    out.push('}');
    out
}

fn write_param(param: Param, value: &Value, link: &impl Fn(&SourceUrl) -> String) -> String {
    let value = match value {
        Value::Whole(value) => value.to_string(),
        Value::Real(value) => number::shortest(*value),
        Value::Flag(on) => on.to_string(),
        Value::Text(text) => quote(text),
        Value::Link(url) => quote(&link(url)),
        Value::Odd { text, quoted: true } => quote(text),
        Value::Odd { text, quoted: false } => text.clone(),
    };
    format!("{}:{value}", quote(param.name()))
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
