//! `cargo xtask api-check`

use std::process::ExitCode;

use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::schemathesis::{self, Trial};
use imcaxy_testkit::{KitError, Servers, System};

use crate::interrupt::Interrupt;

/// What is tried when nobody says how much: it takes less than a minute.
const USUAL: Trial = Trial { examples: 20, seed: 1 };

/// What the command line says.
#[derive(clap::Args)]
pub struct Options {
    /// How many random requests of each call
    #[arg(long, value_name = "N", default_value_t = USUAL.examples)]
    examples: u32,
    /// The seed of what is random
    #[arg(long, value_name = "S", default_value_t = USUAL.seed)]
    seed: u64,
}

/// Starts a system and compares its answers with its OpenAPI document; fails when they differ.
pub async fn run(options: Options) -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    let trial = Trial { examples: options.examples, seed: options.seed };
    match interrupt.or(start_and_check(trial)).await {
        Ok(outcome) => outcome,
        Err(code) => Ok(code),
    }
}

async fn start_and_check(trial: Trial) -> Result<ExitCode, KitError> {
    say("building the imcaxy binary");
    let binary = Binary::build().await?;
    let servers = Servers::start().await?;
    let code = check(&servers, &binary, trial).await?;
    servers.stop().await;
    Ok(code)
}

/// The usual check, on servers that run.
pub async fn check_usually(servers: &Servers, binary: &Binary) -> Result<ExitCode, KitError> {
    check(servers, binary, USUAL).await
}

async fn check(servers: &Servers, binary: &Binary, trial: Trial) -> Result<ExitCode, KitError> {
    // Whoever asks for another host is refused: nothing leaves this machine, and no 502 has an excuse.
    let system = System::builder().binary(binary.path()).env("IMCAXY_SOURCES_ALLOW", "127.0.0.1");
    let system = system.start(servers).await?;
    let nothing_found = schemathesis::finds_nothing(&system, trial).await?;
    system.end().await;
    Ok(if nothing_found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
