//! The steps of a pipeline: made at random, and written as JSON.

use rand::seq::SliceRandom as _;
use rand::{Rng, RngExt as _};

use super::generate::needed;
use super::{often, one, quote, shuffle_names, values};
use crate::request::Operation;

/// A step before it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepDraft {
    pub(super) name: String,
    /// Names and values as JSON; of duplicates the last counts.
    pub(super) params: Vec<(String, String)>,
    /// As JSON.
    pub(super) ignore_failure: Option<&'static str>,
    /// A member that stands at the end.
    pub(super) oddity: Option<&'static str>,
}

/// An `operations` that is no list of steps, or one of none, now and then.
pub(super) fn malformed(rng: &mut impl Rng) -> Option<String> {
    const TEXTS: &[&str] =
        &["", "[", "[]", "null", "nullx", "{}", "[1]", "[null]", "x", "[{}]", "[{\"a\":1}]", "[\"x\"]"];

    often(rng, 0.06).then(|| one(rng, TEXTS).to_owned())
}

/// Mostly few.
pub(super) fn random(rng: &mut impl Rng, marks: &[&str]) -> Vec<StepDraft> {
    let count = if often(rng, 0.02) { 11 } else { rng.random_range(1..4) };
    (0..count).map(|_| step(rng, marks)).collect()
}

fn step(rng: &mut impl Rng, marks: &[&str]) -> StepDraft {
    const UNKNOWN: &[(&str, &str)] =
        &[("utm", "[[],{\"a\":[1]}]"), ("Width", "null"), ("type", "\"jpg\""), ("operations", "\"[]\"")];
    const ODDITIES: &[&str] =
        &["\"params\":{\"quality\":\"30\"}", "\"params\":null", "\"operation\":null", "\"x\":1"];

    let operation = one(rng, &Operation::ALL);
    let name = match operation.step_name() {
        Some(name) => name,
        None if often(rng, 0.1) => operation.name(),
        None => "flip",
    };
    let mut params: Vec<(String, String)> = Vec::new();
    for (name, value) in needed(rng, operation, marks) {
        params.push((name, json(rng, &value)));
    }
    for _ in 0..rng.random_range(0..3) {
        let (name, value) = values::any(rng);
        params.push((name.to_owned(), json(rng, &value)));
    }
    if often(rng, 0.05) {
        let (name, value) = one(rng, UNKNOWN);
        params.push((name.to_owned(), value.to_owned()));
    }
    StepDraft {
        name: name.to_owned(),
        params,
        ignore_failure: often(rng, 0.15).then(|| one(rng, &["true", "false", "null", "true", "1"])),
        oddity: often(rng, 0.04).then(|| one(rng, ODDITIES)),
    }
}

/// A parameter's value in JSON: its own type, or a string.
pub(super) fn json(rng: &mut impl Rng, value: &str) -> String {
    let plain = value.strip_prefix('-').unwrap_or(value);
    let is_number = plain.parse::<f64>().is_ok_and(f64::is_finite)
        && plain.starts_with(|c: char| c.is_ascii_digit())
        && plain.ends_with(|c: char| c.is_ascii_digit())
        && (!plain.starts_with('0') || plain.starts_with("0.") || plain.len() == 1);
    if (is_number || value == "true" || value == "false") && often(rng, 0.6) {
        return value.to_owned();
    }
    if often(rng, 0.01) { "null".to_owned() } else { quote(value) }
}

/// One of the ways to write the list.
pub(super) fn write(rng: &mut impl Rng, steps: &[StepDraft]) -> String {
    let steps: Vec<_> = steps.iter().map(|step| write_step(rng, step)).collect();
    let (open, between) = (one(rng, &["[", "[", " [\n"]), one(rng, &[",", " , "]));
    format!("{open}{}]{}", steps.join(between), one(rng, &["", "", "", " ", "junk"]))
}

fn write_step(rng: &mut impl Rng, step: &StepDraft) -> String {
    let mut params = step.params.clone();
    shuffle_names(rng, &mut params);
    let params: Vec<_> =
        params.iter().map(|(name, value)| format!("{}:{value}", escaped(rng, &quote(name)))).collect();
    let colon = one(rng, &[":", ":", " : "]);
    let operation = one(rng, &["\"operation\"", "\"operation\"", "\"OPERATION\"", "\"op\\u0065ration\""]);
    let mut fields = vec![format!("{operation}{colon}{}", escaped(rng, &quote(&step.name)))];
    if !params.is_empty() || often(rng, 0.5) {
        let name = one(rng, &["\"params\"", "\"params\"", "\"paramſ\""]);
        fields.push(format!("{name}{colon}{{{}}}", params.join(",")));
    }
    if let Some(value) = step.ignore_failure {
        let name = one(rng, &["\"ignore_failure\"", "\"ignore_failure\"", "\"Ignore_Failure\""]);
        fields.push(format!("{name}{colon}{value}"));
    }
    fields.shuffle(rng);
    fields.extend(step.oddity.map(str::to_owned));
    format!("{{{}}}", fields.join(","))
}

/// A JSON string, one of its letters escaped now and then.
fn escaped(rng: &mut impl Rng, text: &str) -> String {
    let letters: Vec<_> = text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).collect();
    if text.contains('\\') || letters.is_empty() || often(rng, 0.95) {
        return text.to_owned();
    }
    let (chosen, letter) = one(rng, &letters);
    let escape = format!("\\u{:04X}", u32::from(letter));
    text.char_indices().map(|(at, c)| if at == chosen { escape.clone() } else { c.to_string() }).collect()
}
