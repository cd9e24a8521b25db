//! A Redis of a test's own, which may be killed, frozen, started again, or asked for a password or over TLS.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::certificates::Certificates;
use super::launch::{Running, launch, launch_at};
use super::redis;
use crate::{KitError, tool};

/// What is waited for within a server's own start, such as a replica that finds its master.
const SETTLES_WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// How a Redis wants to be talked to.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// Clients must say this password.
    pub password: Option<String>,
    /// Nothing but TLS is understood, with these certificates.
    pub tls: Option<Certificates>,
}

/// A running server, in memory alone, in a folder of its own. Dropping it ends it.
#[derive(Debug)]
pub struct RedisNode {
    /// Its port on 127.0.0.1.
    pub port: u16,
    manners: Manners,
    program: PathBuf,
    settings: Vec<String>,
    running: Running,
}

impl RedisNode {
    /// Starts a Redis with more settings, such as `["--maxmemory-policy", "allkeys-lru"]`.
    pub async fn start(manners: &Manners, settings: &[&str]) -> Result<Self, KitError> {
        Self::start_program(&redis::program().await?, manners, settings).await
    }

    /// Starts another program that takes the same settings.
    pub(super) async fn start_program(
        program: &Path,
        manners: &Manners,
        settings: &[&str],
    ) -> Result<Self, KitError> {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let started = launch(
            "redis",
            |port, folder| command(program, port, folder, manners, &settings),
            redis::listens,
        );
        let (port, running) = started.await?;
        Ok(Self { port, manners: manners.clone(), program: program.to_owned(), settings, running })
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What `redis.url` is for this one alone.
    #[must_use]
    pub fn url(&self) -> String {
        self.manners.url("", &self.address())
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Stops it in its tracks, until [`RedisNode::resume`].
    pub fn pause(&mut self) {
        self.running.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.running.signal(Signal::SIGCONT);
    }

    /// Kills it and starts it again on its port, with nothing that it knew.
    pub async fn restart(&mut self) -> Result<(), KitError> {
        self.running.kill();
        let command =
            |port, folder: &Path| command(&self.program, port, folder, &self.manners, &self.settings);
        self.running = launch_at("redis", self.port, command, redis::listens).await?;
        Ok(())
    }

    /// Asks it something with `redis-cli`.
    pub async fn ask(&self, words: &[&str]) -> Result<String, KitError> {
        self.manners.ask(self.port, words).await
    }
}

impl Manners {
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

    /// Settings of a server that insists on these manners; its port apart.
    fn settings(&self, port: u16) -> Vec<String> {
        let mut settings = self.listening(port);
        if let Some(password) = &self.password {
            settings.extend(["--requirepass", password, "--masterauth", password].map(str::to_owned));
        }
        settings
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

    /// Arguments with which `redis-cli` has these manners.
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

fn command(program: &Path, port: u16, folder: &Path, manners: &Manners, settings: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--dir"]).arg(folder);
    command.args(redis::IN_MEMORY).args(manners.settings(port)).args(settings);
    command
}
