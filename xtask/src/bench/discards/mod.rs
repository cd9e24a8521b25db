//! `cargo xtask bench discards`: how soon a discard counts everywhere, and what that costs.

mod end;
mod large;
mod one_by_one;
mod seed;
mod storm;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Origin, Photo, Servers, System};

use super::alone::process::Alone;
use super::error::{BenchError, Faults};
use super::figures::{Figures, Unit, grouped};
use super::machine::{LoadAverage, share};
use super::options::Options;
use super::report;
use super::stage::{served, target_of};
use crate::optimised;
use end::End;
use seed::{SOURCES, Seeds, VARIANTS};

/// The photograph that is rendered between two discards of it.
const PHOTO: &str = "medium.jpg";
/// The token of whoever discards.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How much is done in a round.
#[derive(Clone, Copy)]
struct Much {
    /// Discards, one after another.
    one_by_one: usize,
    /// How long a storm lasts.
    storm: Duration,
    /// How long processes are watched that have nothing to do.
    idle: Duration,
}

/// Measures, prints the table, and fails if anything was answered that should not be. How long something took fails nothing.
pub async fn run(options: &Options) -> Result<ExitCode, BenchError> {
    if cfg!(debug_assertions) {
        return Ok(optimised::go_on("the origin and the client cost a part of what is measured").await?);
    }
    let seconds = Duration::from_secs;
    let much = if options.is_quick() {
        Much { one_by_one: 20, storm: seconds(1), idle: seconds(3) }
    } else {
        Much { one_by_one: 100, storm: seconds(5), idle: seconds(10) }
    };
    say("building the release of imcaxy");
    let binary = Binary::release("imcaxy", "imcaxy").await?;
    let before = LoadAverage::now()?;
    let servers = Servers::start().await?;
    say("making a catalog with many variants of a source, and with many sources");
    let rounds = options.rounds();
    let seeds = Seeds::make(rounds).await?;
    let (mut figures, mut faults) = (Figures::default(), Faults::default());
    for round in 0..rounds {
        say(&format!("round {} of {rounds}, load average {}", round + 1, LoadAverage::now()?));
        alone(binary.path(), much, &mut figures, &mut faults).await?;
        for (part, apis) in [("1 API replica", 1), ("3 API replicas", 3)] {
            replicas(part, apis, &servers, binary.path(), much, &mut figures, &mut faults).await?;
        }
        large::measure(&seeds, round, binary.path(), &mut figures, &mut faults).await?;
    }
    servers.stop().await;
    let after = LoadAverage::now()?;
    print(rounds, much, &before, &after, &figures, &faults);
    if let Some(file) = options.json() {
        report::write_figures(file, &before, &after, &figures, &faults)?;
    }
    Ok(faults.told())
}

/// One process with nothing configured.
async fn alone(
    binary: &Path,
    much: Much,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    const PART: &str = "one process alone";

    let origin = Origin::start().await;
    origin.behave(PHOTO, served(&Photo::find(PHOTO).await?));
    let folder = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
    let mut alone = Alone::start_in(folder, binary, &[("IMCAXY_ADMIN_TOKEN", TOKEN)]).await?;
    let ends = [End::of(alone.target().clone(), TOKEN)];
    asked(PART, &ends, &origin, much, figures, faults).await?;
    alone.stop().await
}

/// So many APIs on servers, two workers and a scheduler.
async fn replicas(
    part: &'static str,
    apis: usize,
    servers: &Servers,
    binary: &Path,
    much: Much,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let builder = System::builder().apis(apis).workers(2).schedulers(1).binary(binary);
    let system = builder.env("IMCAXY_IMAGINARY_URL", &servers.imaginary_url).start(servers).await?;
    system.origin.behave(PHOTO, served(&Photo::find(PHOTO).await?));
    let token = &system.scope.admin_token;
    let ends = (0..apis).map(|replica| Ok(End::of(target_of(&system, replica)?, token)));
    let ends = ends.collect::<Result<Vec<_>, BenchError>>()?;
    let api = system.api(0).id();
    figures.add(part, "one idle API: share of a core", Unit::Percent, share(api, much.idle).await? * 100.0);
    asked(part, &ends, &system.origin, much, figures, faults).await?;
    system.finish().await;
    Ok(())
}

async fn asked(
    part: &'static str,
    ends: &[End],
    origin: &Origin,
    much: Much,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    one_by_one::measure(part, ends, &origin.url(PHOTO), much.one_by_one, figures, faults).await?;
    storm::measure(part, ends, &origin.url("storm"), much.storm, figures, faults).await
}

#[expect(clippy::print_stdout, reason = "the table is the result of the task")]
fn print(
    rounds: usize,
    much: Much,
    before: &LoadAverage,
    after: &LoadAverage,
    figures: &Figures,
    faults: &Faults,
) {
    println!(
        "{}; the load is made on the same cores. {rounds} rounds, all measurements in each; medians over the rounds. Release build; Redis, MongoDB \
         (a stand-in where no mongod is installed), MinIO and imaginary on loopback, two workers and a scheduler beside the replicas. One by \
         one: {} discards of one URL, asked of the replicas in turn, each when all of them have a picture of it in memory; from the request to \
         the 202. Storm: {} connections discard URLs that nobody has seen, for {} s, closed loop. Large: one process alone with a catalog of {} \
         sources with {} variants each and {} sources with one variant below one prefix; worked off is when every document is written and every \
         deletion is in the outbox.\n",
        report::machine(before, after),
        much.one_by_one,
        storm::CONNECTIONS,
        much.storm.as_secs(),
        rounds,
        grouped(VARIANTS),
        grouped(SOURCES),
    );
    report::print_figures(figures, faults);
}
