//! `cargo xtask test`

use std::process::ExitCode;

use imcaxy_testkit::cargo::{self, Binary};
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Servers};

use crate::interrupt::Interrupt;

/// Runs the tests of the workspace against real servers, and ends with their exit code.
pub async fn run(arguments: &[String]) -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    match interrupt.or(test(arguments)).await {
        Ok(outcome) => outcome,
        Err(code) => Ok(code),
    }
}

async fn test(arguments: &[String]) -> Result<ExitCode, KitError> {
    say("building the imcaxy binary");
    let binary = Binary::build().await?;
    let servers = Servers::start().await?;
    let code = cargo::test(&servers, &binary, arguments).await?;
    servers.stop().await;
    Ok(ExitCode::from(code))
}
