//! `cargo xtask bench engine`: the built-in engine beside imaginary, in one run.

mod cases;
mod cpu;
mod likeness;
mod sides;
mod sources;
mod table;

use std::process::ExitCode;

use imcaxy_testkit::progress::say;

use super::error::{BenchError, Faults};
use super::machine::LoadAverage;
use super::options::Options;
use crate::optimised;
use cases::Compared;
use sides::Sides;
use sources::Sources;

/// What a run came to.
struct Found {
    compared: Vec<Compared>,
    /// CPU of one `/health`, in milliseconds, round by round.
    health: Vec<f64>,
    likenesses: Vec<likeness::Group>,
    faults: Faults,
}

/// Measures, prints the tables, and fails if anything was refused that should not be. How long something took fails nothing.
pub async fn run(options: &Options) -> Result<ExitCode, BenchError> {
    if cfg!(debug_assertions) {
        return Ok(optimised::go_on("the engine is a part of it").await?);
    }
    let before = LoadAverage::now()?;
    let sides = Sides::start(Sources::make().await?).await?;
    let found = measure(&sides, options).await?;
    sides.stop().await;
    table::print(options, &before, &LoadAverage::now()?, &found);
    if let Some(file) = options.json() {
        table::write(file, &before, &LoadAverage::now()?, &found)?;
    }
    Ok(found.faults.told())
}

async fn measure(sides: &Sides, options: &Options) -> Result<Found, BenchError> {
    let mut faults = Faults::default();
    let mut compared = Vec::new();
    for case in cases::all() {
        compared.extend(Compared::warm(sides, case, options.is_quick(), &mut faults).await?);
    }
    let mut health = Vec::new();
    let rounds = options.rounds();
    for round in 0..rounds {
        say(&format!("round {} of {rounds}, load average {}", round + 1, LoadAverage::now()?));
        let each = sides.health().await?;
        health.push(each);
        for compared in &mut compared {
            compared.measure(sides, round, each, &mut faults).await?;
        }
    }
    say("comparing what both make");
    let likenesses = likeness::compare(sides, &mut faults).await?;
    Ok(Found { compared, health, likenesses, faults })
}
