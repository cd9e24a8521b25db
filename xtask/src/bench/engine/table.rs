//! The comparison as two tables and as a file.

use std::path::Path;

use imcaxy_testkit::KitError;
use serde_json::{Value, json};

use super::Found;
use super::cases::Compared;
use super::likeness::Group;
use crate::bench::figures::Unit;
use crate::bench::machine::LoadAverage;
use crate::bench::options::Options;
use crate::bench::report::{in_all, machine, write_json};
use crate::bench::statistics::Spread;

/// Prints the conditions and the tables, for `docs/measurements.md`.
#[expect(clippy::print_stdout, reason = "the tables are the result of the task")]
pub fn print(options: &Options, before: &LoadAverage, after: &LoadAverage, found: &Found) {
    println!(
        "{}. {} rounds, both sides in turn in each, one picture at a \
         time; medians over the rounds, and the least and the most. The engine in an optimised process, from bytes to bytes, by the clock of \
         the process. imaginary with its defaults, by the kernel's times of its process, reading its source from a file, less the {} ms that \
         `/health` costs it.\n",
        machine(before, after),
        options.rounds(),
        shown(&found.health),
    );
    println!(
        "| source | request | engine, ms of CPU | imaginary, ms of CPU | engine ÷ imaginary |\n|---|---|---|---|---|"
    );
    found.compared.iter().for_each(|compared| println!("{}", row(compared)));
    println!(
        "\n| operation | requests | equal size and type | likeness, 300×150 px or more: least, median | smaller: least, median |\n\
         |---|---|---|---|---|"
    );
    found.likenesses.iter().for_each(|group| println!("{}", group_row(group)));
    let of_all = |count: fn(&Group) -> usize| found.likenesses.iter().map(count).sum::<usize>();
    println!("| all | {} | {} | | |", of_all(|group| group.requests), of_all(|group| group.equal));
    println!(
        "\nNot compared for likeness: {} of a WebP that imaginary blurs.",
        of_all(|group| group.blurred)
    );
}

fn row(compared: &Compared) -> String {
    let ratio = Spread::of(&compared.ratios());
    format!(
        "| {} | `{}` | {} | {} | **{:.2}** ({:.2} – {:.2}) |",
        compared.case.source,
        compared.case.request,
        shown(&compared.engine),
        shown(&compared.imaginary),
        ratio.median,
        ratio.smallest,
        ratio.largest,
    )
}

fn shown(milliseconds: &[f64]) -> String {
    let Spread { median, smallest, largest } = Spread::of(milliseconds);
    let [median, smallest, largest] = [median, smallest, largest].map(|value| Unit::Milliseconds.show(value));
    format!("{median} ({smallest} – {largest})")
}

fn group_row(group: &Group) -> String {
    let [large, small] = [&group.large, &group.small].map(|some| decibels(some));
    format!("| {} | {} | {} | {large} | {small} |", group.name, group.requests, group.equal)
}

/// Nothing where there is nothing; the same pictures are said to be that.
fn decibels(likenesses: &[f64]) -> String {
    if likenesses.is_empty() {
        return String::new();
    }
    let Spread { median, smallest, .. } = Spread::of(likenesses);
    let said = |value: f64| if value.is_finite() { format!("{value:.1} dB") } else { "the same".to_owned() };
    format!("{}, {}", said(smallest), said(median))
}

/// Writes conditions and every round as JSON; an infinite likeness is null.
pub fn write(file: &Path, before: &LoadAverage, after: &LoadAverage, found: &Found) -> Result<(), KitError> {
    let compared = |compared: &Compared| -> Value {
        json!({
            "source": compared.case.source,
            "request": compared.case.request,
            "engine_ms": compared.engine,
            "imaginary_ms": compared.imaginary,
        })
    };
    let group = |group: &Group| -> Value {
        json!({
            "operation": group.name,
            "requests": group.requests,
            "equal": group.equal,
            "likeness_300": group.large,
            "likeness_smaller": group.small,
        })
    };
    let mut all = in_all(before, after, &found.faults);
    all.extend([
        ("health_ms", json!(found.health)),
        ("cpu", found.compared.iter().map(compared).collect()),
        ("likeness", found.likenesses.iter().map(group).collect()),
    ]);
    write_json(file, all)
}
