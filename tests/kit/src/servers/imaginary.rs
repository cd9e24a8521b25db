//! imaginary, built from its pinned sources against the system's libvips.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::address;
use super::go::{self, Build};
use super::launch::{Running, Started, launch};
use crate::cache::Cache;
use crate::{KitError, http, tool};

pub(super) enum Imaginary {
    Elsewhere(String),
    Program(PathBuf),
}

/// Nobody can listen on port 0.
const NO_PROXY_IS_THERE: &str = "http://127.0.0.1:0";

/// An imaginary of one test, with flags of its own. Dropping it ends it.
#[derive(Debug)]
pub struct OwnImaginary {
    url: String,
    running: Running,
}

impl OwnImaginary {
    /// Starts one, built when missing, and waits until it answers. A path prefix among the flags is part of
    /// [`OwnImaginary::url`].
    pub async fn start(flags: &[&str]) -> Result<Self, KitError> {
        Self::begin(flags, &[]).await
    }

    /// Starts one that has no way out but to loopback addresses: everything else goes to a proxy that is not there. An origin that is
    /// named by `0.0.0.0`, which leads to this machine too, is out of its reach.
    pub async fn confined() -> Result<Self, KitError> {
        Self::begin(&[], &[("HTTP_PROXY", NO_PROXY_IS_THERE)]).await
    }

    async fn begin(flags: &[&str], environment: &[(&str, &str)]) -> Result<Self, KitError> {
        let (url, running) = run(&program(&Cache::open()?).await?, flags, environment).await?;
        Ok(Self { url, running })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) {
        self.running.stop().await;
    }
}

pub(super) async fn prepare(cache: &Cache) -> Result<Imaginary, KitError> {
    if let Some(url) = address::IMAGINARY.value() {
        return Ok(Imaginary::Elsewhere(url));
    }
    program(cache).await.map(Imaginary::Program)
}

/// The program, built if need be.
async fn program(cache: &Cache) -> Result<PathBuf, KitError> {
    let build = Build {
        name: "imaginary",
        package: "github.com/h2non/imaginary",
        announcement: "building imaginary, a minute the first time",
        cgo: true,
        against: &libvips().await?,
    };
    go::imaginary_module().build(cache, &build).await
}

/// The version of libvips that is installed, after installing it if need be.
async fn libvips() -> Result<String, KitError> {
    const PACKAGE: &str = "libvips-dev";
    const PURPOSE: &str = "imaginary is built against libvips, or set IMCAXY_TEST_IMAGINARY_URL";

    if let Some(version) = version_of_libvips().await {
        return Ok(version);
    }
    for (program, package) in [("cc", "gcc"), ("pkg-config", "pkg-config")] {
        if tool::find(program).is_none() {
            tool::install_debian(package, PURPOSE).await?;
        }
    }
    if let Some(version) = version_of_libvips().await {
        return Ok(version);
    }
    tool::install_debian(PACKAGE, PURPOSE).await?;
    version_of_libvips().await.ok_or_else(|| KitError::Missing {
        what: format!("libvips ({PURPOSE})"),
        remedy: "`pkg-config --modversion vips` must print its version".to_owned(),
    })
}

async fn version_of_libvips() -> Option<String> {
    tool::find("cc")?;
    let mut command = Command::new(tool::find("pkg-config")?);
    command.args(["--modversion", "vips"]);
    let printed = tool::run("asking for the version of libvips", command).await.ok()?;
    Some(printed.trim().to_owned())
}

pub(super) async fn start(imaginary: Imaginary) -> Result<Started<String>, KitError> {
    let program = match imaginary {
        Imaginary::Elsewhere(url) => return Ok(Started::elsewhere(url)),
        Imaginary::Program(program) => program,
    };
    let (address, running) = run(&program, &[], &[]).await?;
    Ok(Started { address, running: Some(running) })
}

/// Starts the program with these flags and variables besides, and answers where it is.
async fn run(
    program: &Path,
    flags: &[&str],
    environment: &[(&str, &str)],
) -> Result<(String, Running), KitError> {
    let prefix = flags.iter().skip_while(|flag| **flag != "-path-prefix").nth(1).copied().unwrap_or_default();
    let base = |port| format!("http://127.0.0.1:{port}{prefix}");
    let client = http::client();
    let (port, running) = launch(
        "imaginary",
        |port, _| {
            let mut command = command(program, port, flags);
            command.envs(environment.iter().copied());
            command
        },
        // It answers, if only that not everybody may ask.
        async |port| client.get(format!("{}/health", base(port))).send().await.is_ok(),
    )
    .await?;
    Ok((base(port), running))
}

fn command(program: &Path, port: u16, flags: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-enable-url-source", "-concurrency", "0"])
        .args(flags);
    command
}
