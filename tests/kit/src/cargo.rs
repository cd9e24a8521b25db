//! Building the binary and running the tests with cargo.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::Child;
use crate::output::Output;
use crate::process::BINARY;
use crate::{KitError, Servers};

/// Tests that go on for longer hang.
const LONGEST_RUN: Duration = Duration::from_secs(4 * 60 * 60);

/// A built binary, of `imcaxy` unless it is said otherwise.
#[derive(Debug, Clone)]
pub struct Binary {
    path: PathBuf,
}

impl Binary {
    /// Builds it with the profile of the tests; what the compiler says goes to the terminal.
    pub async fn build() -> Result<Self, KitError> {
        Self::compile("imcaxy", "imcaxy", None).await
    }

    /// Builds a binary of a package of the workspace as it is released, with the features of that package alone.
    pub async fn release(package: &str, name: &str) -> Result<Self, KitError> {
        Self::compile(package, name, Some("--release")).await
    }

    async fn compile(package: &str, name: &str, profile: Option<&str>) -> Result<Self, KitError> {
        let what = format!("building the {name} binary");
        let mut build = cargo();
        build.args([
            "build",
            "--package",
            package,
            "--bin",
            name,
            "--message-format=json-render-diagnostics",
        ]);
        build.args(profile);
        let mut child = Child::start(&what, build, Output::Errors)?;
        let failed = |status: String, output: String| KitError::Failed { what: what.clone(), status, output };
        let status = child
            .wait(LONGEST_RUN)
            .await
            .ok_or_else(|| failed("no end in sight".to_owned(), String::new()))?;
        if !status.success() {
            return Err(failed(status.to_string(), "what the compiler says is above".to_owned()));
        }
        let messages = child.output();
        let path = messages.lines().find_map(|message| executable(message, name));
        path.map(|path| Self { path }).ok_or_else(|| failed("cargo named no binary".to_owned(), messages))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The path in cargo's message about a binary that is built, or was already.
fn executable(message: &str, name: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let is_ours = message.get("reason")? == "compiler-artifact" && message.pointer("/target/name")? == name;
    if is_ours { message.get("executable")?.as_str().map(PathBuf::from) } else { None }
}

/// Runs `cargo test`, of the whole workspace unless the arguments choose packages, with these servers and this
/// binary, and answers its exit code.
pub async fn test(servers: &Servers, binary: &Binary, arguments: &[String]) -> Result<u8, KitError> {
    let mut test = cargo();
    test.arg("test").args((!choose_packages(arguments)).then_some("--workspace")).args(arguments);
    test.envs(servers.variables()).env(BINARY.name, binary.path());
    let mut child = Child::start("cargo test", test, Output::Inherited)?;
    let status = child.wait(LONGEST_RUN).await;
    Ok(status.and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Whether the arguments name packages; cargo would test them all if it were told `--workspace` too.
fn choose_packages(arguments: &[String]) -> bool {
    let ours = arguments.iter().take_while(|argument| *argument != "--");
    ours.into_iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// The cargo that runs us, without what it told us about the package we are: build scripts would take that for a
/// change.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let about_us = [b"CARGO_PKG_".as_slice(), b"CARGO_MANIFEST_", b"CARGO_BIN_", b"CARGO_CRATE_"];
        if about_us.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_chosen_before_the_dashes() {
        let chosen = |line: &str| choose_packages(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(chosen("-p imcaxy-api") && chosen("--release --package=imcaxy") && chosen("-pimcaxy"));
        assert!(!chosen("a_name") && !chosen("--release -- -p"));
    }

    #[test]
    fn the_binary_is_found_among_cargos_messages() {
        let ours =
            r#"{"reason":"compiler-artifact","target":{"name":"imcaxy"},"executable":"/t/debug/imcaxy"}"#;
        assert_eq!(executable(ours, "imcaxy"), Some(PathBuf::from("/t/debug/imcaxy")));
        for other in [
            r#"{"reason":"compiler-artifact","target":{"name":"imcaxy_shared"},"executable":null}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "warning: unused",
        ] {
            assert_eq!(executable(other, "imcaxy"), None, "{other}");
        }
    }
}
