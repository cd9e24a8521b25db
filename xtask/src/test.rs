//! `cargo xtask test`

use std::process::ExitCode;

use imcaxy_testkit::cargo::{self, Binary};
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Servers};

use crate::api_check::check_usually;
use crate::interrupt::Interrupt;

/// Runs the tests of the workspace against real servers, and ends with their exit code. Where nobody chooses some of them, the
/// OpenAPI document is compared with what is answered, too.
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
    let code = match cargo::test(&servers, &binary, arguments).await? {
        0 if arguments.is_empty() => check_usually(&servers, &binary).await?,
        code => ExitCode::from(code),
    };
    servers.stop().await;
    Ok(code)
}
