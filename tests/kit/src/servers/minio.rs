//! MinIO, built from its pinned sources.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::address::{self, S3};
use super::go::{self, Build};
use super::launch::{Started, launch};
use crate::cache::Cache;
use crate::{KitError, http};

pub(super) enum Minio {
    Elsewhere(S3),
    Program(PathBuf),
}

pub(super) async fn prepare(cache: &Cache) -> Result<Minio, KitError> {
    if address::S3_ENDPOINT.value().is_some() {
        return Ok(Minio::Elsewhere(S3::required()?));
    }
    let build = Build {
        name: "minio",
        package: "github.com/minio/minio",
        announcement: "building MinIO, two to four minutes the first time",
        cgo: false,
        against: "",
    };
    Ok(Minio::Program(go::MINIO.build(cache, &build).await?))
}

pub(super) async fn start(minio: Minio) -> Result<Started<S3>, KitError> {
    let program = match minio {
        Minio::Elsewhere(s3) => return Ok(Started::elsewhere(s3)),
        Minio::Program(program) => program,
    };
    let access_key = format!("test{}", hex::encode(rand::random::<[u8; 6]>()));
    let secret_key = hex::encode(rand::random::<[u8; 20]>());
    let client = http::client();
    let (port, running) = launch(
        "minio",
        |port, folder| command(&program, port, folder, &access_key, &secret_key),
        // This endpoint says that writes are possible; the one for liveness does not.
        async |port| http::answers(&client, &format!("http://127.0.0.1:{port}/minio/health/cluster")).await,
    )
    .await?;
    let s3 = S3::at(format!("http://127.0.0.1:{port}"), access_key, secret_key);
    Ok(Started { address: s3, running: Some(running) })
}

fn command(program: &Path, port: u16, folder: &Path, access_key: &str, secret_key: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["server", "--anonymous", "--address", &format!("127.0.0.1:{port}")])
        .arg(folder.join("objects"));
    command.env("MINIO_ROOT_USER", access_key).env("MINIO_ROOT_PASSWORD", secret_key);
    // No console, and no word to anybody about updates or health.
    command.env("MINIO_BROWSER", "off").env("MINIO_UPDATE", "off").env("MINIO_CALLHOME_ENABLE", "off");
    command
}
