//! Imcaxy stands in front of imaginary, the HTTP image processor, and makes every picture be rendered once.

mod backends;
mod cli;
mod commands;
mod configuration;
mod data_dir;
mod eviction;
mod listen;
mod lives;
mod open_files;
mod reach;
mod relay;
mod roles;
mod run_token;
mod stop;
mod welcome;

use std::process::ExitCode;

use cli::Command;
use commands::{config, doctor, explain, health, revalidate};
use roles::Roles;
use stop::Stop;

/// Wrong usage or configuration; clap uses the same.
const WRONG_CONFIGURATION: u8 = 2;

fn main() -> ExitCode {
    let (command, configuration) = cli::read();
    let done = match command {
        Command::Serve => roles::run(Roles { api: true, worker: true, scheduler: true }, &configuration),
        Command::Api => roles::run(Roles { api: true, ..Roles::default() }, &configuration),
        Command::Worker => roles::run(Roles { worker: true, ..Roles::default() }, &configuration),
        Command::Scheduler => roles::run(Roles { scheduler: true, ..Roles::default() }, &configuration),
        Command::Config(question) => config::run(question, &configuration),
        Command::Doctor(output) => doctor::run(output, &configuration),
        Command::Health => health::run(&configuration),
        Command::Explain(question) => explain::run(&question, &configuration),
        Command::Revalidate(question) => revalidate::run(&question, &configuration),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Configuration(problem)) => {
            problem.problems().iter().for_each(|problem| complain(problem));
            ExitCode::from(WRONG_CONFIGURATION)
        }
        Err(Stop::Failed(problem)) => {
            tracing::error!(cause = %problem, "stopped");
            ExitCode::FAILURE
        }
        Err(Stop::Told(problem)) => {
            problem.iter().for_each(|problem| complain(problem));
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a configuration that cannot be started with may be one that cannot be logged, and commands do not log"
)]
fn complain(problem: &str) {
    eprintln!("imcaxy: {problem}");
}
