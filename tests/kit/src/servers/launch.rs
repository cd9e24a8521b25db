//! Starting a server on a free port and waiting until it answers.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::child::Child;
use crate::output::Output;
use crate::{KitError, port};

/// A cold start on a machine that compiles meanwhile takes seconds; nothing that works takes this long.
const ANSWERS_WITHIN: Duration = Duration::from_secs(90);

/// Servers have nothing to lose: their data is deleted next.
const GRACE: Duration = Duration::from_secs(5);

/// A server and where it is; `running` is empty for one that was there already.
pub(super) struct Started<Address> {
    pub(super) address: Address,
    pub(super) running: Option<Running>,
}

impl<Address> Started<Address> {
    pub(super) fn elsewhere(address: Address) -> Self {
        Self { address, running: None }
    }
}

/// A server that was started here, and the folder that goes with it.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    _folder: TempDir, // after the process, which writes there
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) async fn stop(&mut self) {
        self.child.stop(GRACE).await;
    }
}

/// Starts a server in a folder of its own. `command` is given the port and the folder, `ready` is asked until it says
/// that the server on that port answers.
pub(super) async fn launch(
    name: &'static str,
    command: impl Fn(u16, &Path) -> Command,
    mut ready: impl AsyncFnMut(u16) -> bool,
) -> Result<(u16, Running), KitError> {
    on_a_free_port(name, async |port| begin(name, port, &command, &mut ready).await).await
}

async fn begin(
    name: &'static str,
    port: u16,
    command: &impl Fn(u16, &Path) -> Command,
    ready: &mut impl AsyncFnMut(u16) -> bool,
) -> Result<Running, Failure> {
    let folder = tempfile::Builder::new()
        .prefix(&format!("imcaxy-{name}-"))
        .tempdir()
        .map_err(KitError::io("create a temporary folder"))?;
    let command = command(port, folder.path());
    let child = start(name, command, folder.path(), async || ready(port).await).await?;
    Ok(Running { child, _folder: folder })
}

/// Starts a server whose home is `folder`, and waits until it is ready. The folder is deleted when this process dies
/// without having ended the server.
pub(crate) async fn start(
    name: &str,
    mut command: Command,
    folder: &Path,
    ready: impl AsyncFnMut() -> bool,
) -> Result<Child, Failure> {
    keep_little_of_the_environment(&mut command, folder);
    let mut child = Child::start_in(folder, name, command, Output::Kept)?;
    wait_until_ready(&mut child, ANSWERS_WITHIN, ready).await?;
    Ok(child)
}

/// Tries port after port, as long as the reason of a failure is that somebody else took it first.
pub(crate) async fn on_a_free_port<T>(
    name: &str,
    mut start: impl AsyncFnMut(u16) -> Result<T, Failure>,
) -> Result<(u16, T), KitError> {
    const ATTEMPTS: usize = 5;

    let mut attempt = 1;
    loop {
        let port = port::free()?;
        match start(port).await {
            Ok(started) => return Ok((port, started)),
            Err(Failure::PortTaken { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(Failure::PortTaken { output }) => {
                let why = format!("{ATTEMPTS} ports in a row were taken by others");
                return Err(KitError::NotStarted { what: name.to_owned(), why, output });
            }
            Err(Failure::Other(error)) => return Err(error),
        }
    }
}

/// Why a process does not answer.
pub(crate) enum Failure {
    /// Somebody else has its port.
    PortTaken { output: String },
    /// Anything else.
    Other(KitError),
}

impl From<KitError> for Failure {
    fn from(error: KitError) -> Self {
        Self::Other(error)
    }
}

/// Asks until the child answers, and gives up when it ends or the time is over.
pub(crate) async fn wait_until_ready(
    child: &mut Child,
    within: Duration,
    mut ready: impl AsyncFnMut() -> bool,
) -> Result<(), Failure> {
    const PAUSE: Duration = Duration::from_millis(15);

    let begun = Instant::now();
    loop {
        let answers = ready().await;
        // An answer counts only while the child lives: another process may have its port.
        if let Some(status) = child.wait(Duration::ZERO).await {
            let output = child.output();
            if port::was_taken(&output) {
                return Err(Failure::PortTaken { output });
            }
            let why = format!("it ended at once ({status})");
            return Err(KitError::NotStarted { what: child.name().to_owned(), why, output }.into());
        }
        if answers {
            return Ok(());
        }
        if begun.elapsed() >= within {
            let why = format!("no answer within {} s", within.as_secs());
            let output = child.output();
            return Err(KitError::NotStarted { what: child.name().to_owned(), why, output }.into());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A server reads its settings from its command line, never from a variable that happens to be set.
fn keep_little_of_the_environment(command: &mut Command, folder: &Path) {
    const KEPT: [&str; 5] = ["PATH", "LANG", "LD_LIBRARY_PATH", "JAVA_HOME", "TMPDIR"];

    let own: Vec<_> =
        command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    command.env_clear();
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.env("HOME", folder).envs(own);
}
