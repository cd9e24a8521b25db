//! The programs that build and install: go, mvn, javac, apt-get.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::KitError;
use crate::child::Child;
use crate::output::Output;
use crate::progress;

/// No single build step takes longer, on the slowest machine that is still of use.
const LONGEST_STEP: Duration = Duration::from_secs(30 * 60);

/// The program of that name on `PATH`, if there is one.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The program of that name, or what to do to have it.
pub(crate) fn need(program: &str, purpose: &str, package: &str) -> Result<PathBuf, KitError> {
    find(program).ok_or_else(|| KitError::Missing {
        what: format!("{program} ({purpose})"),
        remedy: format!("install {package} and put it on PATH"),
    })
}

/// Runs `command` to its end and answers what it printed. Dropping the future kills it.
pub(crate) async fn run(what: &str, command: Command) -> Result<String, KitError> {
    let mut child = Child::start(what, command, Output::Kept)?;
    let ended = child.wait(LONGEST_STEP).await;
    let output = child.output();
    match ended {
        Some(status) if status.success() => Ok(output),
        Some(status) => Err(KitError::Failed { what: what.to_owned(), status: status.to_string(), output }),
        None => Err(KitError::Failed { what: what.to_owned(), status: "no end in sight".to_owned(), output }),
    }
}

/// Installs a Debian package where that is possible, and says which line to run where it is not.
pub(crate) async fn install_debian(package: &str, purpose: &str) -> Result<(), KitError> {
    if !nix::unistd::Uid::effective().is_root() || find("apt-get").is_none() {
        return Err(KitError::Missing {
            what: format!("{package} ({purpose})"),
            remedy: format!("on Debian or Ubuntu run `sudo apt-get install {package}`"),
        });
    }
    progress::say(&format!("installing {package} by apt-get ({purpose})"));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // Packages of servers start them as services, at once and on their usual ports, unless told that the system
        // is going down.
        command.env("RUNLEVEL", "1");
        command
    };
    run("apt-get update", apt(&["-q", "update"])).await?;
    run(
        &format!("apt-get install {package}"),
        apt(&["-q", "-y", "--no-install-recommends", "install", package]),
    )
    .await?;
    Ok(())
}

/// Writes the files of a build, by name, into its folder.
pub(crate) fn write_all(folder: &Path, files: &[(&str, &str)]) -> Result<(), KitError> {
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(KitError::at("write", &path))?;
    }
    Ok(())
}
