//! Imcaxy stands in front of imaginary, the HTTP image processor, and makes every picture be rendered once.

mod cli;
mod roles;
mod run_token;

use std::process::ExitCode;

use cli::Command;

/// Wrong usage or configuration; clap uses the same.
const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    let (command, settings) = match cli::read() {
        Ok(read) => read,
        Err(problem) => return wrong(&problem),
    };
    let roles = match command {
        Command::Serve => roles::Roles { api: true, worker: true, scheduler: true },
        Command::Api => roles::Roles { api: true, ..roles::Roles::default() },
        Command::Worker => roles::Roles { worker: true, ..roles::Roles::default() },
        Command::Scheduler => roles::Roles { scheduler: true, ..roles::Roles::default() },
    };
    match roles::run(roles, &settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(roles::Stop::Configuration(problem)) => wrong(&problem),
        Err(roles::Stop::Failed(problem)) => {
            tracing::error!(cause = %problem, "stopped");
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a configuration that cannot be started with may be one that cannot be logged"
)]
fn wrong(problem: &imcaxy_shared::config::ConfigError) -> ExitCode {
    eprintln!("imcaxy: {problem}");
    ExitCode::from(WRONG_CONFIGURATION)
}
