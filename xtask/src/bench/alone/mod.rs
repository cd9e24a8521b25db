//! `cargo xtask bench alone`: one process with nothing configured.

mod load;
mod memory;
pub mod process;
mod renders;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Origin, Photo};

use super::error::{BenchError, Faults};
use super::figures::{Figures, Unit, count};
use super::machine::LoadAverage;
use super::one_call::REQUESTS;
use super::options::Options;
use super::report;
use super::stage::served;
use crate::optimised;
use load::{EQUAL, PHOTOS};
use memory::Memory;
use process::Alone;

const START: &str = "start";
const IDLE: &str = "idle";
const LOADED: &str = "loaded";

/// How long a process is left in peace before it counts as idle.
const PEACE: Duration = Duration::from_secs(10);

/// Measures, prints the table, and fails if anything was answered that should not be. How long something took fails nothing.
pub async fn run(options: &Options) -> Result<ExitCode, BenchError> {
    if cfg!(debug_assertions) {
        return Ok(optimised::go_on("the origin and the load cost a part of what is measured").await?);
    }
    say("building the release of imcaxy");
    let binary = Binary::release("imcaxy", "imcaxy").await?;
    let before = LoadAverage::now()?;
    let (mut figures, mut faults) = (Figures::default(), Faults::default());
    let size = fs::metadata(binary.path()).map_err(KitError::at("look at", binary.path()))?.len();
    figures.add("binary", "size", Unit::Mebibytes, mebibytes(size));
    let origin = Origin::start().await;
    for photo in PHOTOS.into_iter().chain([EQUAL]) {
        origin.behave(photo, served(&Photo::find(photo).await?));
    }
    let rounds = options.rounds();
    for round in 0..rounds {
        say(&format!("round {} of {rounds}, load average {}", round + 1, LoadAverage::now()?));
        origin.forget();
        loaded(binary.path(), &origin, &mut figures, &mut faults).await?;
        idle(binary.path(), &mut figures).await?;
    }
    print(rounds, &before, &LoadAverage::now()?, &figures, &faults);
    if let Some(file) = options.json() {
        report::write_figures(file, &before, &LoadAverage::now()?, &figures, &faults)?;
    }
    Ok(faults.told())
}

/// A start that nobody asks anything of.
async fn idle(binary: &Path, figures: &mut Figures) -> Result<(), BenchError> {
    let mut alone = Alone::start(binary).await?;
    figures.add(START, "**until it is ready**", Unit::Seconds, alone.ready_after().as_secs_f64());
    let ready = Memory::of(alone.id())?;
    tokio::time::sleep(PEACE).await;
    let idle = Memory::of(alone.id())?;
    for (name, value) in [
        ("resident as it is ready", ready.resident),
        ("its own share of that (PSS)", ready.proportional),
        ("**resident, 10 s later**", idle.resident),
        ("its own share of that", idle.proportional),
    ] {
        figures.add(IDLE, name, Unit::Mebibytes, mebibytes(value));
    }
    alone.stop().await
}

/// A start that is asked for a picture at once, then for one picture by many, then for many pictures.
async fn loaded(
    binary: &Path,
    origin: &Origin,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let mut alone = Alone::start(binary).await?;
    figures.add(START, "**until it is ready**", Unit::Seconds, alone.ready_after().as_secs_f64());
    load::first_picture(&alone, origin, faults).await?;
    figures.add(START, "**until the first picture, width 300**", Unit::Seconds, alone.age().as_secs_f64());
    let slowest = load::at_once(&alone, origin, faults).await?;
    let fetches = origin.count(EQUAL);
    load::mixed(&alone, origin, faults).await?;
    let memory = Memory::of(alone.id())?;
    alone.stop().await?;
    let renders = renders::of(&alone.catalog(), &origin.url(EQUAL)).await?;
    let part = "500 equal requests at once";
    figures.add(part, "**fetches of the source**", Unit::Count, count(fetches));
    figures.add(part, "**renders**", Unit::Count, count(renders));
    figures.add(part, "slowest answer", Unit::Milliseconds, slowest);
    for (name, value) in [
        ("resident after a mixed load", memory.resident),
        ("its own share of that", memory.proportional),
        ("most that was ever resident", memory.peak),
    ] {
        figures.add(LOADED, name, Unit::Mebibytes, mebibytes(value));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is the result of the task")]
fn print(rounds: usize, before: &LoadAverage, after: &LoadAverage, figures: &Figures, faults: &Faults) {
    println!(
        "{}. `imcaxy serve` with nothing configured but loopback as an allowed source, release build; {} starts in empty directories, each half \
         of them left alone and asked; medians, least and most. Sources on a loopback origin, the first one of 1920×1080 (877 KB). {} equal \
         requests at once on open connections; mixed: {}.\n",
        report::machine(before, after),
        2 * rounds,
        REQUESTS,
        load::describe(),
    );
    report::print_figures(figures, faults);
}

#[expect(clippy::cast_precision_loss, reason = "no memory and no file here has 2^52 bytes")]
const fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1 << 20) as f64
}
