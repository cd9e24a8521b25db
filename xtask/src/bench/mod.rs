//! `cargo xtask bench`

mod alone;
mod discards;
mod engine;
mod error;
mod exchange;
mod figures;
mod hits;
mod load;
mod look;
mod machine;
mod misses;
mod one_call;
mod options;
mod queue;
mod report;
mod stage;
mod statistics;

use std::process::ExitCode;

use imcaxy_testkit::KitError;
use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;

use crate::interrupt::Interrupt;
use crate::optimised;
use error::{BenchError, Faults};
use figures::Figures;
use machine::LoadAverage;
use options::{Plan, Subject};
use stage::Stage;

pub use options::Options;

/// Measures, prints the table, and fails if anything was answered that should not be. How long something took fails
/// nothing.
pub async fn run(options: Options) -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    match interrupt.or(bench(&options)).await {
        Ok(Ok(code)) => Ok(code),
        Ok(Err(BenchError::Kit(error))) => Err(error),
        Ok(Err(error)) => {
            say(&format!("error: {error}"));
            Ok(ExitCode::FAILURE)
        }
        Err(code) => Ok(code),
    }
}

async fn bench(options: &Options) -> Result<ExitCode, BenchError> {
    match options.subject() {
        None => system(options).await,
        Some(Subject::Engine) => engine::run(options).await,
        Some(Subject::Alone) => alone::run(options).await,
        Some(Subject::Discards) => discards::run(options).await,
    }
}

async fn system(options: &Options) -> Result<ExitCode, BenchError> {
    if cfg!(debug_assertions) {
        return Ok(
            optimised::go_on("the origin, the load and the queue's two ends cost what is measured").await?
        );
    }
    let plan = options.plan();
    say("building the release of imcaxy");
    let binary = Binary::release("imcaxy", "imcaxy").await?;
    let before = LoadAverage::now()?;
    let stage = Stage::set_up(&binary, &plan).await?;
    let mut figures = Figures::default();
    let mut faults = Faults::default();
    for round in 0..plan.rounds {
        measure(&stage, &plan, round, &mut figures, &mut faults).await?;
    }
    queue::measure_once(&plan, &mut figures).await?;
    let conditions = report::Conditions { plan, before, after: LoadAverage::now()?, picture: stage.picture };
    stage.take_down().await;
    report::print(&conditions, &figures, &faults);
    if let Some(file) = options.json() {
        report::write(file, &conditions, &figures, &faults)?;
    }
    Ok(faults.told())
}

/// One round: every measurement once, but those by depth.
async fn measure(
    stage: &Stage,
    plan: &Plan,
    round: usize,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let load = LoadAverage::now()?;
    say(&format!("round {} of {}, load average {load}", round + 1, plan.rounds));
    figures.add("machine", "load average (1 min) as the round begins", figures::Unit::Ratio, load.minute);
    misses::measure(stage, plan, round, figures, faults).await?;
    hits::measure(stage, plan, figures, faults).await?;
    one_call::measure(stage, round, figures, faults).await?;
    queue::measure(stage, plan, figures, faults).await
}
