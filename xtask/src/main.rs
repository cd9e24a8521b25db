//! Tasks of whoever works on Imcaxy: `cargo xtask --help`.

mod api_check;
mod api_reference;
mod bench;
mod goldens;
mod interrupt;
mod keys;
mod optimised;
mod servers;
mod system;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use imcaxy_testkit::progress::say;

/// Real servers for tests, and a whole Imcaxy to look at.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start Redis, MongoDB, MinIO and imaginary, and print where they are; Ctrl-C ends them
    Servers,
    /// Start the servers, run the tests of the workspace against them, and end them; without arguments `api-check` is among them
    Test {
        /// What else `cargo test` is given: `-p imcaxy-api`, a name to filter by, `-- --nocapture`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Start the servers, two APIs, two workers, a scheduler and a host of photographs, and print URLs to open;
    /// Ctrl-C ends them
    System,
    /// Build the release, start everything, and measure misses, hits, one render for many requests and the queue,
    /// beside imaginary asked directly; prints a Markdown table
    Bench(bench::Options),
    /// Start imaginary and ask it for pairs of random requests, as they are written and as their canonical forms: what
    /// has one key has one picture
    Keys(keys::Options),
    /// Start the servers, an API and a worker, send them what the OpenAPI document allows and what it does not, and compare
    /// the answers with it; `test` without arguments does it too
    ApiCheck(api_check::Options),
    /// Start imaginary and make the goldens anew, tests/goldens: what it answers to each of their requests
    Goldens,
    /// Print the reference of HTTP calls, docs/reference/http-api.md
    ApiReference,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Servers => servers::run().await,
        Task::Test { arguments } => test::run(&arguments).await,
        Task::System => system::run().await,
        Task::Bench(options) => bench::run(options).await,
        Task::Keys(options) => keys::run(options).await,
        Task::ApiCheck(options) => api_check::run(options).await,
        Task::Goldens => goldens::run().await,
        Task::ApiReference => api_reference::run(),
    };
    outcome.unwrap_or_else(|error| {
        say(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}
