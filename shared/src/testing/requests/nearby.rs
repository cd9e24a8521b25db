//! Requests that differ in one thing, which may matter: what a careless canonical form would merge.

use rand::seq::{IndexedMutRandom as _, SliceRandom as _};
use rand::{Rng, RngExt as _};

use super::draft::Draft;
use super::steps::{self, StepDraft};
use super::{generate, often, one, quote, values};
use crate::request::Operation;

/// The same request with one thing changed.
pub(super) fn changed(rng: &mut impl Rng, draft: &Draft, sources: &[&str], marks: &[&str]) -> Draft {
    let mut near = draft.clone();
    if !near.steps.is_empty() && often(rng, 0.8) {
        change_steps(rng, &mut near.steps, marks);
        return near;
    }
    match rng.random_range(0..12) {
        0..=4 => change_value(rng, &mut near),
        5 | 6 => {
            let (name, value) = values::any(rng);
            near.pairs.insert(0, (name.to_owned(), value));
        }
        7 => {
            let at = rng.random_range(0..near.pairs.len().max(1));
            if near.pairs.get(at).is_some_and(|(name, _)| name != "url") {
                near.pairs.remove(at);
            }
        }
        8 => change_operation(rng, &mut near, marks),
        9 => near.accept = one(rng, values::ACCEPT).map(str::to_owned),
        10 => change_source(rng, &mut near, sources),
        _ => near.pairs.reverse(),
    }
    near
}

fn change_value(rng: &mut impl Rng, near: &mut Draft) {
    // The source is not a value to change.
    let mut others: Vec<_> = near.pairs.iter_mut().filter(|(name, _)| name != "url").collect();
    let Some((name, value)) = others.choose_mut(rng) else { return };
    *value = match rng.random_range(0..6) {
        0 => format!(" {value}"),
        1 => value.to_uppercase(),
        2 => value.parse::<i64>().map_or_else(|_| String::new(), |n| (n + 1).to_string()),
        // A size beyond all bounds ends imaginary's process.
        3 if value.len() < 3 => format!("{value}0"),
        _ => values::another(rng, name).unwrap_or_default(),
    };
}

/// Among them pairs that give equal bytes and are kept apart.
fn change_operation(rng: &mut impl Rng, near: &mut Draft, marks: &[&str]) {
    near.operation = match near.operation {
        Operation::Crop => Operation::SmartCrop,
        Operation::SmartCrop => Operation::Crop,
        Operation::Flip => Operation::Flop,
        Operation::Resize => Operation::Fit,
        _ => one(rng, &Operation::ALL),
    };
    for (name, value) in generate::needed(rng, near.operation, marks) {
        if near.count(&name) == 0 {
            near.pairs.push((name, value));
        }
    }
}

fn change_source(rng: &mut impl Rng, near: &mut Draft, sources: &[&str]) {
    if let Some((_, url)) = near.pairs.iter_mut().find(|(name, _)| name == "url") {
        *url = match rng.random_range(0..3) {
            0 => format!("{url}?v=2"),
            1 => format!("{url}?"),
            _ => one(rng, sources).to_owned(),
        };
    }
}

fn change_steps(rng: &mut impl Rng, steps: &mut Vec<StepDraft>, marks: &[&str]) {
    match rng.random_range(0..6) {
        0 => steps.shuffle(rng),
        1 => steps.truncate(steps.len().saturating_sub(1).max(1)),
        2 => steps.extend(steps::random(rng, marks).pop()),
        kind => {
            let at = rng.random_range(0..steps.len().max(1));
            let Some(step) = steps.get_mut(at) else { return };
            match kind {
                3 => step.ignore_failure = one(rng, &[None, Some("true")]),
                4 => {
                    let (name, value) = values::any(rng);
                    let value = steps::json(rng, &value);
                    step.params.push((name.to_owned(), value));
                }
                _ => change_kind(rng, &mut step.params),
            }
        }
    }
}

/// A number for a string, whose sign and fraction count differently, or another value.
fn change_kind(rng: &mut impl Rng, params: &mut [(String, String)]) {
    let Some((name, value)) = params.choose_mut(rng) else { return };
    *value = match serde_json::from_str::<serde_json::Value>(value) {
        Ok(serde_json::Value::Number(number)) if often(rng, 0.6) => quote(&format!("{number}")),
        Ok(serde_json::Value::Number(number)) => format!("-{}", number.to_string().trim_start_matches('-')),
        _ => values::another(rng, name).map_or_else(|| value.clone(), |other| steps::json(rng, &other)),
    };
}
