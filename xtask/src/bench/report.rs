//! The figures as a table and as a file.

use std::fs;
use std::path::Path;

use imcaxy_testkit::KitError;
use serde_json::{Value, json};

use super::error::Faults;
use super::figures::{Figure, Figures, grouped};
use super::load::CONNECTIONS;
use super::machine::{LoadAverage, processor};
use super::one_call::REQUESTS;
use super::options::Plan;
use super::queue::{depth, worker};
use super::stage::Picture;
use super::statistics::Spread;

/// What the figures hold under.
pub struct Conditions {
    pub plan: Plan,
    pub before: LoadAverage,
    pub after: LoadAverage,
    pub picture: Picture,
}

/// Prints the conditions and the table, for `docs/measurements.md`.
#[expect(clippy::print_stdout, reason = "the table is the result of the task")]
pub fn print(conditions: &Conditions, figures: &Figures, faults: &Faults) {
    println!("{}\n", describe(conditions));
    print_figures(figures, faults);
}

/// Prints a table of figures.
#[expect(clippy::print_stdout, reason = "the table is the result of the task")]
pub fn print_figures(figures: &Figures, faults: &Faults) {
    println!("| | | median | min – max |\n|---|---|---|---|");
    let mut above = "";
    for figure in figures.iter() {
        let part = if figure.part == above { "" } else { figure.part };
        above = figure.part;
        println!("{}", row(part, figure));
    }
    println!("| errors | answers other than 200, and none | {} | |", faults.count());
}

/// What it was measured on, and how busy that was.
pub fn machine(before: &LoadAverage, after: &LoadAverage) -> String {
    let (processor, cores) = processor();
    format!("{cores} cores ({processor}); load average {before} before, {after} after")
}

fn describe(conditions: &Conditions) -> String {
    let Conditions { plan, before, after, picture } = conditions;
    let machine = machine(before, after);
    let each = plan.hits.as_secs();
    let depths: Vec<_> = plan.depths.iter().map(|depth| grouped(*depth)).collect();
    format!(
        "{machine}; the load is made on the \
         same cores. {} rounds, all measurements in each, those by depth once, after them; medians \
         over the rounds. Release build, two APIs, two workers; Redis, MongoDB (a stand-in where no mongod is installed), MinIO and imaginary \
         on loopback. Source: a photograph of 1920×1080, {} KB. Misses: widths and qualities that never \
         repeat, one request at a time, Imcaxy and imaginary in turn, imaginary twice. Hits: {} KB from \
         memory, {CONNECTIONS} keep-alive connections, {each} s, closed loop by the bench's own client on \
         one thread; {} keys where there are many. At once: {REQUESTS} requests over two replicas on open \
         connections, imaginary behind the gauge. Queue: {} jobs at each pace; one \
         worker of {} slots is given {} jobs of {} origins, and watched idle for {} s. By depth: {} jobs of \
         {} origins wait in a Redis of their own, {} steps of each kind.",
        plan.rounds,
        picture.source / 1000,
        picture.hot / 1000,
        plan.keys,
        plan.jobs,
        worker::SLOTS,
        grouped(plan.throughput),
        worker::ORIGINS,
        plan.idle.as_secs(),
        depths.join(", "),
        depth::ORIGINS,
        depth::STEPS,
    )
}

fn row(part: &str, figure: &Figure) -> String {
    let Spread { median, smallest, largest } = figure.spread();
    let [median, smallest, largest] = [median, smallest, largest].map(|value| figure.unit.show(value));
    let name = &figure.name;
    let value = format!("{median} {}", figure.unit.symbol());
    format!("| {part} | {name} | {} | {smallest} – {largest} |", value.trim_end())
}

/// Writes conditions and the figures of every round as JSON.
pub fn write(
    file: &Path,
    conditions: &Conditions,
    figures: &Figures,
    faults: &Faults,
) -> Result<(), KitError> {
    let Conditions { plan, before, after, picture } = conditions;
    let mut all = in_all(before, after, faults);
    all.extend([
        (
            "plan",
            json!({
                "rounds": plan.rounds,
                "misses": plan.misses,
                "hits_seconds": plan.hits.as_secs(),
                "imaginary_seconds": plan.direct.as_secs(),
                "keys": plan.keys,
                "jobs": plan.jobs,
                "connections": CONNECTIONS,
                "requests_at_once": REQUESTS,
                "throughput": { "jobs": plan.throughput, "slots": worker::SLOTS, "origins": worker::ORIGINS },
                "idle_seconds": plan.idle.as_secs(),
                "depths": { "waiting": plan.depths, "origins": depth::ORIGINS, "steps": depth::STEPS },
            }),
        ),
        ("bytes", json!({ "source": picture.source, "hot": picture.hot })),
        ("figures", as_list(figures)),
    ]);
    write_json(file, all)
}

/// The same of figures alone.
pub fn write_figures(
    file: &Path,
    before: &LoadAverage,
    after: &LoadAverage,
    figures: &Figures,
    faults: &Faults,
) -> Result<(), KitError> {
    let mut all = in_all(before, after, faults);
    all.push(("figures", as_list(figures)));
    write_json(file, all)
}

/// What every file says, under its names.
pub fn in_all(before: &LoadAverage, after: &LoadAverage, faults: &Faults) -> Vec<(&'static str, Value)> {
    let (processor, cores) = processor();
    vec![
        ("machine", json!({ "processor": processor, "cores": cores })),
        ("load_average", json!({ "before": before.to_string(), "after": after.to_string() })),
        ("errors", json!(faults.count())),
    ]
}

/// Writes what stands under these names.
pub fn write_json(file: &Path, all: Vec<(&'static str, Value)>) -> Result<(), KitError> {
    let all: Value = all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    fs::write(file, format!("{all:#}\n")).map_err(KitError::at("write", file))
}

fn as_list(figures: &Figures) -> Value {
    figures.iter().map(as_json).collect()
}

fn as_json(figure: &Figure) -> Value {
    let Spread { median, smallest, largest } = figure.spread();
    json!({
        "part": figure.part,
        "name": figure.name.trim_matches('*'),
        "unit": figure.unit.symbol(),
        "rounds": figure.rounds,
        "median": median,
        "min": smallest,
        "max": largest,
    })
}
