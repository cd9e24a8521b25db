//! Building servers and finding files of modules with the Go toolchain.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::{KitError, progress, tool};

/// A module of ours whose one purpose is to pin a tool and everything it is built from.
pub(crate) struct Module {
    go_mod: &'static str,
    go_sum: &'static str,
}

/// The module that pins MinIO.
pub(super) const MINIO: Module = Module {
    go_mod: include_str!("../../../servers/minio/go.mod"),
    go_sum: include_str!("../../../servers/minio/go.sum"),
};

const IMAGINARY: Module = Module {
    go_mod: include_str!("../../../servers/imaginary/go.mod"),
    go_sum: include_str!("../../../servers/imaginary/go.sum"),
};

/// The module that pins imaginary, and with it the photographs of its tests.
pub(crate) fn imaginary_module() -> &'static Module {
    &IMAGINARY
}

/// A program to be built from a pinned package.
pub(super) struct Build<'a> {
    /// The program's name.
    pub(super) name: &'a str,
    /// The package that is built.
    pub(super) package: &'a str,
    /// What whoever waits is told.
    pub(super) announcement: &'a str,
    /// Whether it needs a C compiler.
    pub(super) cgo: bool,
    /// What it is built against, besides the pins: another version is another build.
    pub(super) against: &'a str,
}

impl Module {
    /// What the cache keys things by that come from this module.
    pub(crate) fn manifests(&self) -> [&'static str; 2] {
        [self.go_mod, self.go_sum]
    }

    /// The built program, from the cache when it is there.
    pub(super) async fn build(&self, cache: &Cache, build: &Build<'_>) -> Result<PathBuf, KitError> {
        let [go_mod, go_sum] = self.manifests();
        let folder = cache
            .get(build.name, &[go_mod, go_sum, build.against], |into| async move {
                progress::say(build.announcement);
                let source = self.check_out()?;
                let mut go = self.command(source.path())?;
                go.args(["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o"]);
                go.arg(into.join(build.name)).arg(build.package);
                go.env("CGO_ENABLED", if build.cgo { "1" } else { "0" });
                tool::run(&format!("building {}", build.name), go).await.map(drop)
            })
            .await?;
        Ok(folder.join(build.name))
    }

    /// The folder in which the toolchain keeps the files of a module that this one requires; fetched when it is not
    /// there.
    pub(crate) async fn folder_of(&self, required: &str) -> Result<PathBuf, KitError> {
        let source = self.check_out()?;
        let mut fetch = self.command(source.path())?;
        fetch.args(["mod", "download", required]);
        tool::run(&format!("fetching {required}"), fetch).await?;
        let mut list = self.command(source.path())?;
        list.args(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", required]);
        let folder = tool::run(&format!("finding {required}"), list).await?;
        Ok(PathBuf::from(folder.trim()))
    }

    fn check_out(&self) -> Result<tempfile::TempDir, KitError> {
        let folder = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
        tool::write_all(folder.path(), &[("go.mod", self.go_mod), ("go.sum", self.go_sum)])?;
        Ok(folder)
    }

    fn command(&self, folder: &Path) -> Result<Command, KitError> {
        let go = tool::need("go", "it builds MinIO and imaginary", "Go 1.26 or later")?;
        let mut command = Command::new(go);
        command.current_dir(folder).env("GOWORK", "off").env_remove("GOOS").env_remove("GOARCH");
        Ok(command)
    }
}
