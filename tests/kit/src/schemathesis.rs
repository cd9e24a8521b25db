//! Schemathesis: sends an API what its OpenAPI document allows, and what it does not, and compares each answer with
//! the document.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::Cache;
use crate::child::Child;
use crate::output::Output;
use crate::{Behaviour, KitError, System, progress, tool};

/// Every package with the hashes of its files; the comment in `requirements.in` says how it is made.
const REQUIREMENTS: &str = include_str!("../../schemathesis/requirements.txt");
/// What is sent and what is expected.
const CONFIGURATION: &str = include_str!("../../schemathesis/schemathesis.toml");

/// Photographs that most requests are about, and sources that are none.
const SOURCES: [&str; 9] = [
    "large.jpg",
    "medium.jpg",
    "imaginary.jpg",
    "test.png",
    "test.webp",
    "exif/Landscape_6.jpg",
    "test.svg",
    "missing.jpg",
    PAGE,
];
/// A page where a picture should be.
const PAGE: &str = "page.jpg";

/// One request at a time: with several, Python 3.11 now and then ends a run by a fault of its own ("AST constructor recursion depth
/// mismatch").
const AT_ONCE: &str = "1";
/// Some ten thousand examples take an hour.
const LONGEST_RUN: Duration = Duration::from_secs(4 * 60 * 60);

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// Random requests of each call; those at the bounds of parameters come on top of them.
    pub examples: u32,
    /// What is random comes from it, so that a finding comes again.
    pub seed: u64,
}

/// Tries the first API of a system, and says on the terminal what was found. Answers whether that was nothing. A system without an
/// API fails the test.
pub async fn finds_nothing(system: &System, trial: Trial) -> Result<bool, KitError> {
    let api = system.apis.first().expect("a system that is tried has an API");
    let packages = packages().await?;
    system.origin.behave(PAGE, Behaviour::html());
    let folder = tempfile::tempdir().map_err(KitError::io("create a folder for Schemathesis"))?;
    let photos: String = SOURCES.iter().map(|photo| format!("\"{}\"\n", system.origin.url(photo))).collect();
    tool::write_all(folder.path(), &[("schemathesis.toml", CONFIGURATION), ("photos.txt", &photos)])?;
    let mut command = python()?;
    command.args(["-m", "schemathesis.cli", "run", "--workers", AT_ONCE, "--continue-on-failure"]);
    command.args(["--generation-database", "none"]);
    command.args(["--max-examples", &trial.examples.to_string(), "--seed", &trial.seed.to_string()]);
    command.arg(api.url("/openapi.json")).current_dir(folder.path());
    command.env("PYTHONPATH", &packages).env("IMCAXY_TOKEN", &system.scope.admin_token).env("NO_PROXY", "*");
    let mut child = Child::start("Schemathesis", command, Output::Inherited)?;
    let status = child.wait(LONGEST_RUN).await;
    Ok(status.is_some_and(|status| status.success()))
}

/// The folder of the packages, which are fetched when they are not there.
async fn packages() -> Result<PathBuf, KitError> {
    let folder = Cache::open()?.get("schemathesis", &[REQUIREMENTS], install).await?;
    Ok(folder.join("packages"))
}

async fn install(into: PathBuf) -> Result<(), KitError> {
    progress::say("fetching Schemathesis, once");
    tool::write_all(&into, &[("requirements.txt", REQUIREMENTS)])?;
    let install = pip_install(&into)?;
    tool::run("fetching Schemathesis", install).await.map(drop)
}

fn pip_install(into: &Path) -> Result<Command, KitError> {
    let mut install = python()?;
    install.args(["-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]);
    install.args(["--only-binary", ":all:", "--disable-pip-version-check", "--root-user-action", "ignore"]);
    install.arg("--requirement").arg(into.join("requirements.txt"));
    install.arg("--target").arg(into.join("packages"));
    Ok(install)
}

fn python() -> Result<Command, KitError> {
    const PURPOSE: &str = "Schemathesis is written in it";
    Ok(Command::new(tool::need("python3", PURPOSE, "Python 3.11 or later with pip")?))
}
