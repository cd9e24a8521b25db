//! Rewritings of a pipeline's step that imaginary does not see.

use std::collections::BTreeSet;

use rand::{Rng, RngExt as _};
use serde_json::Value;

use super::respell::{is_default, respelled, simple};
use super::steps::StepDraft;
use super::values::{Reading, reading};
use super::{often, one, quote};

/// The same step with other words.
pub(super) fn rewritten(rng: &mut impl Rng, step: &StepDraft) -> StepDraft {
    let mut step = step.clone();
    keep_the_last(&mut step.params);
    for (name, value) in &mut step.params {
        if often(rng, 0.7) {
            *value = respelled_json(rng, name, value);
        }
    }
    step.params.retain(|(name, value)| !is_default_json(name, value) || often(rng, 0.6));
    for _ in 0..rng.random_range(0..3) {
        add(rng, &mut step.params);
    }
    step.ignore_failure = match step.ignore_failure {
        None | Some("false" | "null") => one(rng, &[None, Some("false"), Some("null")]),
        other => other,
    };
    step
}

/// Of duplicates the last counts, whatever the others are: Go decodes all into one map.
fn keep_the_last(params: &mut Vec<(String, String)>) {
    let mut seen = BTreeSet::new();
    params.reverse();
    params.retain(|(name, _)| seen.insert(name.clone()));
    params.reverse();
}

fn respelled_json(rng: &mut impl Rng, name: &str, json: &str) -> String {
    match (serde_json::from_str::<Value>(json), reading(name)) {
        (Ok(Value::String(text)), reading) => {
            let other = respelled(rng, name, &text);
            match simple(&other) {
                // Not below one: a string is rounded, a number truncated.
                Some(n) if reading == Reading::Whole && n > 0 && often(rng, 0.4) => {
                    truncated(rng, i64::from(n))
                }
                _ => quote(&other),
            }
        }
        (Ok(Value::Number(number)), Reading::Whole) => match number.as_f64() {
            Some(value) if value.abs() < 1e6 => truncated(rng, value.trunc() as i64),
            _ => json.to_owned(),
        },
        (Ok(Value::Number(number)), Reading::Real) if number.as_f64().is_some_and(|value| value > 0.0) => {
            match rng.random_range(0..3) {
                0 => quote(json),
                1 if !json.contains('e') => format!("{json}e0"),
                _ => json.to_owned(),
            }
        }
        (Ok(Value::Bool(on)), Reading::Flag) => {
            let text = respelled(rng, name, &on.to_string());
            if often(rng, 0.5) { quote(&text) } else { json.to_owned() }
        }
        _ => json.to_owned(),
    }
}

/// A number that imaginary truncates to `n`.
fn truncated(rng: &mut impl Rng, n: i64) -> String {
    match (n, rng.random_range(0..4)) {
        (0, _) => one(rng, &["0", "0.9", "-0.5", "\"\"", "\"0\"", "0e9"]).to_owned(),
        (1.., 0) => quote(&n.to_string()),
        (_, 1) => format!("{n}.9"),
        (_, 2) => format!("{n}e0"),
        _ => n.to_string(),
    }
}

fn is_default_json(name: &str, json: &str) -> bool {
    match serde_json::from_str(json) {
        Ok(Value::String(text)) => is_default(name, &text),
        // Truncated, where a string is rounded.
        Ok(Value::Number(number)) => match (reading(name), number.as_f64()) {
            (Reading::Whole, Some(value)) => is_default(name, &format!("{}", value.trunc())),
            (Reading::Real, Some(value)) => value == 0.0,
            _ => false,
        },
        Ok(Value::Bool(on)) => reading(name) == Reading::Flag && is_default(name, &on.to_string()),
        _ => false,
    }
}

fn add(rng: &mut impl Rng, params: &mut Vec<(String, String)>) {
    const WITHOUT_EFFECT: &[(&str, &str)] = &[
        ("utm", "[1,{\"a\":null}]"),
        ("Width", "3"),
        ("quality", "75"),
        ("quality", "\"75.2\""),
        ("compression", "6.9"),
        ("rotate", "0"),
        ("flip", "false"),
        ("force", "\"\""),
        ("gravity", "\"centre\""),
        ("extend", "\"Copy\""),
        ("background", "\"0,0,0\""),
        ("type", "\"\""),
        ("sigma", "0"),
        ("operations", "\"[]\""),
        ("factor", "0.5"),
    ];
    let (name, value) = one(rng, WITHOUT_EFFECT);
    if params.iter().all(|(other, _)| other != name) {
        params.push((name.to_owned(), value.to_owned()));
    }
}
