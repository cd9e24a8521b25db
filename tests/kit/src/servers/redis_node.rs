//! One Redis that may be killed, frozen, started again, or asked for a password or over TLS.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::certificates::Certificates;
use super::launch::{Failure, on_a_free_port, start};
use super::redis;
use crate::child::Child;
use crate::{KitError, tool};

/// What is waited for within a server's own start, such as a replica that finds its master.
const SETTLES_WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// How a Redis wants to be talked to.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Clients must say this password.
    pub password: Option<String>,
    /// Nothing but TLS is understood, with these certificates.
    pub tls: Option<Certificates>,
}

/// What a server is started with, the first time and again.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// `redis-server`, or another program that takes the same settings.
    pub(crate) program: PathBuf,
    /// How it wants to be talked to.
    pub(crate) access: Access,
    /// More settings; what they say wins.
    pub(crate) settings: Vec<String>,
    /// Variables that it would not have otherwise.
    pub(crate) environment: Vec<(&'static str, OsString)>,
}

/// A running server, in memory alone unless its settings say otherwise, in a folder of its own. Dropping it ends it.
///
/// It is what deployments are made of, and for tests about how Redis is talked to: passwords, TLS, policies,
/// connections that break. It says what went wrong. Where a test has a [`System`](crate::System) or measures a queue,
/// and treats badly what Redis keeps, it wants an [`OwnRedis`](crate::OwnRedis), which stands on this.
#[derive(Debug)]
pub struct RedisNode {
    /// Its port on 127.0.0.1, the same after a restart.
    pub port: u16,
    recipe: Recipe,
    child: Mutex<Child>,
    folder: TempDir, // after the process, which writes there
}

impl RedisNode {
    /// Starts a Redis with more settings, such as `["--maxmemory-policy", "allkeys-lru"]`.
    pub async fn start(access: &Access, settings: &[&str]) -> Result<Self, KitError> {
        Self::start_program(redis::program().await?, access, settings).await
    }

    /// Starts another program that takes the same settings.
    pub(super) async fn start_program(
        program: PathBuf,
        access: &Access,
        settings: &[&str],
    ) -> Result<Self, KitError> {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let access = access.clone();
        Self::start_with(Recipe { program, access, settings, environment: Vec::new() }).await
    }

    pub(crate) async fn start_with(recipe: Recipe) -> Result<Self, KitError> {
        let started = on_a_free_port("redis", async |port| {
            let folder = tempfile::Builder::new()
                .prefix("imcaxy-redis-")
                .tempdir()
                .map_err(KitError::io("create a temporary folder"))?;
            let child = recipe.launch(port, folder.path()).await?;
            Ok::<_, Failure>((child, folder))
        });
        let (port, (child, folder)) = started.await?;
        Ok(Self { port, recipe, child: Mutex::new(child), folder })
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What `redis.url` is for this one alone.
    #[must_use]
    pub fn url(&self) -> String {
        self.recipe.access.url("", &self.address())
    }

    /// Kills it, as a crash would; it is away until it is restarted.
    pub fn kill(&self) {
        self.child().kill();
    }

    /// Stops it in its tracks until [`RedisNode::resume`]; connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.child().signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.child().signal(Signal::SIGCONT);
    }

    /// Kills it if it runs and starts it again on its port, with what it had written: nothing, in memory alone.
    pub async fn restart(&self) -> Result<(), KitError> {
        /// Its port was free a moment ago, but another's outgoing connection may have taken it for a while.
        const PATIENCE: Duration = Duration::from_secs(90);

        self.kill();
        let begun = Instant::now();
        let child = loop {
            match self.recipe.launch(self.port, self.folder.path()).await {
                Ok(child) => break child,
                Err(Failure::PortTaken { .. }) if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(Failure::PortTaken { output }) => {
                    let why = "its port is not free again".to_owned();
                    return Err(KitError::NotStarted { what: "redis".to_owned(), why, output });
                }
                Err(Failure::Other(error)) => return Err(error),
            }
        };
        *self.child() = child;
        Ok(())
    }

    /// Where it writes, if it does.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Asks it something with `redis-cli`.
    pub async fn ask(&self, words: &[&str]) -> Result<String, KitError> {
        self.recipe.access.ask(self.port, words).await
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recipe {
    async fn launch(&self, port: u16, folder: &Path) -> Result<Child, Failure> {
        let mut command = redis::in_memory(&self.program, folder);
        command.args(self.access.settings(port)).args(&self.settings);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        start("redis", command, folder, async || self.access.is_ready(port).await).await
    }
}

impl Access {
    /// With a password and without TLS.
    #[must_use]
    pub fn password(password: &str) -> Self {
        Self { password: Some(password.to_owned()), tls: None }
    }

    /// Over TLS, with certificates made for this.
    pub async fn tls() -> Result<Self, KitError> {
        Ok(Self { password: None, tls: Some(Certificates::make().await?) })
    }

    /// The file that `redis.tls_ca` names.
    #[must_use]
    pub fn tls_ca(&self) -> Option<PathBuf> {
        self.tls.as_ref().map(Certificates::authority)
    }

    /// A URL; `form` is empty, `-sentinel` or `-cluster`.
    #[must_use]
    pub(super) fn url(&self, form: &str, rest: &str) -> String {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        let user = self.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        format!("{scheme}{form}://{user}{rest}")
    }

    /// Settings of a server that lets nobody else in; its port apart.
    fn settings(&self, port: u16) -> Vec<String> {
        let mut settings = self.listening(port);
        if let Some(password) = &self.password {
            settings.extend(["--requirepass", password, "--masterauth", password].map(str::to_owned));
        }
        settings
    }

    /// Whether the server on a port is ready. One that asks for a password or speaks TLS answers no stranger: that it
    /// accepts connections must do.
    async fn is_ready(&self, port: u16) -> bool {
        if self.password.is_none() && self.tls.is_none() {
            redis::answers(port).await
        } else {
            redis::listens(port).await
        }
    }

    /// Settings of a server that listens on a port, plainly or over TLS.
    pub(super) fn listening(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let Some(tls) = &self.tls else { return vec!["--port".to_owned(), port] };
        let mut settings: Vec<String> =
            ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no", "--tls-replication", "yes"]
                .map(str::to_owned)
                .to_vec();
        for (name, path) in [
            ("--tls-ca-cert-file", tls.authority()),
            ("--tls-cert-file", tls.certificate()),
            ("--tls-key-file", tls.key()),
        ] {
            settings.extend([name.to_owned(), path.display().to_string()]);
        }
        settings
    }

    /// Arguments with which `redis-cli` is let in.
    fn client(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(tls) = &self.tls {
            arguments.extend([
                "--tls".to_owned(),
                "--cacert".to_owned(),
                tls.authority().display().to_string(),
            ]);
        }
        if let Some(password) = &self.password {
            arguments.extend(["-a", password, "--no-auth-warning"].map(str::to_owned));
        }
        arguments
    }

    /// Asks the server on a port something.
    pub(super) async fn ask(&self, port: u16, words: &[&str]) -> Result<String, KitError> {
        const PURPOSE: &str = "it comes with redis-server";
        let mut command = Command::new(tool::need("redis-cli", PURPOSE, "redis-tools")?);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(self.client()).args(words);
        tool::run(&format!("redis-cli {}", words.join(" ")), command).await
    }

    /// Asks until the answer is as it should be.
    pub(super) async fn until(
        &self,
        port: u16,
        words: &[&str],
        so: impl Fn(&str) -> bool,
    ) -> Result<(), KitError> {
        let begun = std::time::Instant::now();
        loop {
            let answer = self.ask(port, words).await.unwrap_or_else(|error| error.to_string());
            if so(&answer) {
                return Ok(());
            }
            if begun.elapsed() > SETTLES_WITHIN {
                let why = format!("{} never answers as it should", words.join(" "));
                return Err(KitError::NotStarted {
                    what: format!("the Redis on port {port}"),
                    why,
                    output: answer,
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
