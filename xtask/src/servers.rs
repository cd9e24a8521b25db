//! `cargo xtask servers`

use std::process::ExitCode;

use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Servers};

use crate::interrupt::Interrupt;

/// Runs the servers until interrupted.
pub async fn run() -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    let servers = match interrupt.or(Servers::start()).await {
        Ok(servers) => servers?,
        Err(code) => return Ok(code),
    };
    print(&servers);
    say("Ctrl-C ends the servers.");
    interrupt.arrived().await;
    say("ending the servers");
    servers.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Lines that a shell can be given, and so the one thing that goes to stdout.
#[expect(clippy::print_stdout, reason = "the lines are the result of the task")]
fn print(servers: &Servers) {
    println!("# what tests use:");
    for (name, value) in servers.variables() {
        println!("export {name}='{value}'");
    }
    println!("# what a process of Imcaxy uses:");
    let open = [("IMCAXY_SOURCES_ALLOW", "*"), ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8")];
    let open = open.map(|(name, value)| (name, value.to_owned()));
    for (name, value) in servers.settings("imcaxy").into_iter().chain(open) {
        println!("export {name}='{value}'");
    }
}
