//! Imcaxy stands in front of imaginary, the HTTP image processor, and makes every picture be rendered once.

mod backends;
mod cli;
mod eviction;
mod listen;
mod open_files;
mod reach;
mod roles;
mod run_token;
mod stop;

use std::process::ExitCode;

use cli::Command;
use roles::Roles;
use stop::Stop;

/// Wrong usage or configuration; clap uses the same.
const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    let (command, settings) = match cli::read() {
        Ok(read) => read,
        Err(problem) => return wrong(&problem),
    };
    open_files::as_many_as_granted();
    let roles = match command {
        Command::Serve => Roles { api: true, worker: true, scheduler: true },
        Command::Api => Roles { api: true, ..Roles::default() },
        Command::Worker => Roles { worker: true, ..Roles::default() },
        Command::Scheduler => Roles { scheduler: true, ..Roles::default() },
    };
    match roles::run(roles, &settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Configuration(problem)) => wrong(&problem),
        Err(Stop::Failed(problem)) => {
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
