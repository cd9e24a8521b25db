//! One process of the real binary.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::child::Child;
use crate::output::Output;
use crate::servers::{Failure, Variable, on_a_free_port, wait_until_ready};
use crate::system::Links;
use crate::{KitError, http, progress};

/// The variable that names the binary under test.
pub(crate) const BINARY: Variable =
    Variable { name: "IMCAXY_TEST_BINARY", purpose: "the path of the built imcaxy binary" };

/// A process that has its servers is ready in far less.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A process that is asked to end finishes what it has begun first.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything in one.
    Serve,
    /// Answers HTTP.
    Api,
    /// Takes jobs.
    Worker,
    /// Enqueues the periodic jobs.
    Scheduler,
}

/// A running process of the real binary, which is ready. Dropping it kills it, and prints its log if the test is
/// failing.
#[derive(Debug)]
pub struct Imcaxy {
    child: Child,
    base: String,
    was_killed: bool,
    links: Option<Links>,
    _folder: TempDir,
}

impl Role {
    /// The subcommand.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }

    /// The setting that says where it answers `/readyz`.
    fn listen_variable(self) -> &'static str {
        match self {
            Self::Serve | Self::Api => "IMCAXY_LISTEN",
            Self::Worker | Self::Scheduler => "IMCAXY_PROBE_LISTEN",
        }
    }
}

impl Imcaxy {
    /// Starts the binary in a role, with these settings and no other `IMCAXY_` variable, on a free port and in a
    /// folder of its own, and waits until it is ready. `name` is what messages call it.
    pub async fn start(
        binary: &Path,
        role: Role,
        name: &str,
        settings: &[(String, String)],
        output: Output,
    ) -> Result<Self, KitError> {
        let client = http::client();
        let (_, process) = on_a_free_port(name, async |port| {
            let folder = tempfile::Builder::new()
                .prefix("imcaxy-process-")
                .tempdir()
                .map_err(KitError::io("create a temporary folder"))?;
            let address = format!("127.0.0.1:{port}");
            let mut command = command(binary, role, settings, folder.path());
            command.env(role.listen_variable(), &address);
            let mut child = Child::start(name, command, output)?;
            let base = format!("http://{address}");
            let readyz = format!("{base}/readyz");
            wait_until_ready(&mut child, READY_WITHIN, async || http::answers(&client, &readyz).await)
                .await?;
            Ok::<_, Failure>(Self { child, base, was_killed: false, links: None, _folder: folder })
        })
        .await?;
        Ok(process)
    }

    /// The URL of a path of this process.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}", self.base, path.trim_start_matches('/'))
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.child.output()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is no more, however it ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.ended().is_some()
    }

    /// The links to what it works with. A process of a system that was not built with them fails the test.
    #[must_use]
    pub fn links(&self) -> &Links {
        self.links.as_ref().expect("a system whose links are to be treated is built with `proxied()`")
    }

    /// With the links that its settings lead through.
    pub(crate) fn with_links(mut self, links: Links) -> Self {
        self.links = Some(links);
        self
    }

    /// Asks it to end, and fails the test unless it does so with exit code 0 within half a minute. One that the test
    /// has paused goes on, and its links are mended; one that the test has killed is left in peace.
    pub async fn stop(&mut self) {
        if self.was_killed {
            return;
        }
        let status = self.end().await;
        let name = self.child.name();
        let log = self.child.output();
        match status {
            Some(status) if status.success() => {}
            Some(status) => panic!("{name} should end with exit code 0 when asked to, but: {status}\n{log}"),
            None => panic!("{name} should end within {} s of SIGTERM\n{log}", ENDS_WITHIN.as_secs()),
        }
    }

    /// Asks it to end, and answers how it did, if it did within half a minute.
    pub(crate) async fn end(&mut self) -> Option<ExitStatus> {
        self.heal();
        self.child.signal(Signal::SIGTERM);
        self.child.wait(ENDS_WITHIN).await
    }

    /// Kills it, as a crash would. What it had sent and a link still holds back is lost.
    pub fn kill(&mut self) {
        self.was_killed = true;
        self.child.kill();
        if let Some(links) = &self.links {
            links.cut();
        }
    }

    /// Stops the process in its tracks, as a machine that stalls would, until [`Imcaxy::resume`].
    pub fn pause(&mut self) {
        self.child.signal(Signal::SIGSTOP);
    }

    /// Lets a paused process go on.
    pub fn resume(&mut self) {
        self.child.signal(Signal::SIGCONT);
    }

    /// Undoes what was done to it, short of its death.
    pub(crate) fn heal(&mut self) {
        if self.was_killed {
            return;
        }
        self.resume();
        if let Some(links) = &self.links {
            links.mend();
        }
    }
}

impl Drop for Imcaxy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = self.child.name();
            let log: String = self.child.output().lines().map(|line| format!("{name} | {line}\n")).collect();
            progress::say(&format!("the log of {name}:\n{log}"));
        }
    }
}

/// The binary under test, which `cargo xtask test` builds and names.
pub fn binary_from_env() -> Result<PathBuf, KitError> {
    BINARY.required().map(PathBuf::from)
}

/// The command that starts the binary in a role and in a folder, with these settings and no other `IMCAXY_` variable. What is kept is
/// kept in that folder.
#[must_use]
pub fn command(binary: &Path, role: Role, settings: &[(String, String)], folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command.arg(role.command()).current_dir(folder); // where no imcaxy.toml is
    for variable in our_variables() {
        command.env_remove(variable);
    }
    command.env("IMCAXY_DATA_DIR", folder);
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command
}

fn our_variables() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| name.as_encoded_bytes().starts_with(b"IMCAXY_"))
}
