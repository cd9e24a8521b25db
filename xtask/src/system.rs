//! `cargo xtask system`

use std::process::ExitCode;

use imcaxy_testkit::cargo::Binary;
use imcaxy_testkit::output::Output;
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, Servers, System};

use crate::interrupt::Interrupt;

/// Pictures worth a look.
const EXAMPLES: [(&str, &str); 5] = [
    ("/resize?width=300", "large.jpg"),
    ("/crop?width=400&height=400&gravity=smart", "smart-crop.jpg"),
    ("/thumbnail?width=200", "exif/Landscape_6.jpg"),
    ("/convert?type=webp", "medium.jpg"),
    ("/blur?sigma=8", "imaginary.jpg"),
];

/// Runs a whole system until interrupted.
pub async fn run() -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    let (servers, system) = match interrupt.or(start()).await {
        Ok(started) => started?,
        Err(code) => return Ok(code),
    };
    print(&system);
    say("Ctrl-C ends everything.");
    interrupt.arrived().await;
    say("ending everything");
    system.end().await;
    servers.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn start() -> Result<(Servers, System), KitError> {
    say("building the imcaxy binary");
    let binary = Binary::build().await?;
    let servers = Servers::start().await?;
    say("starting two APIs, two workers and a scheduler");
    let system =
        System::builder().apis(2).workers(2).schedulers(1).binary(binary.path()).output(Output::Echoed);
    let system = system.start(&servers).await?;
    Ok((servers, system))
}

#[expect(clippy::print_stdout, reason = "the URLs are the result of the task")]
fn print(system: &System) {
    println!("the photographs: {}", system.origin.url("large.jpg"));
    for (index, api) in system.apis.iter().enumerate() {
        println!("API {index}:");
        for (request, photo) in EXAMPLES {
            println!("  {}", api.url(&system.path(request, photo)));
        }
    }
    println!("the token for administration: {}", system.scope.admin_token);
}
