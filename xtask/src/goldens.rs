//! `cargo xtask goldens`

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use imcaxy_testkit::parity::{Asked, Drawn, Golden, Made};
use imcaxy_testkit::progress::say;
use imcaxy_testkit::{KitError, OwnImaginary};

use crate::interrupt::Interrupt;

/// Asks imaginary for each golden, keeps what it answers, and removes what is asked for no more.
pub async fn run() -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    match interrupt.or(make()).await {
        Ok(made) => made.map(|()| ExitCode::SUCCESS),
        Err(code) => Ok(code),
    }
}

async fn make() -> Result<(), KitError> {
    let server = OwnImaginary::start(&[]).await?;
    let imaginary = Asked::at(server.url());
    let mut files = HashSet::new();
    let mut bytes = 0;
    for golden in Golden::all() {
        let made = twice_the_same(&imaginary, &golden, &golden.source.bytes()).await?;
        bytes += made.bytes.len();
        files.insert(golden.write(&made)?);
    }
    let versions = Golden::versions();
    fs::write(&versions, format!("{:#}\n", imaginary.versions().await))
        .map_err(KitError::at("write", &versions))?;
    server.stop().await;
    remove_others(&files)?;
    say(&format!("{} goldens, {bytes} bytes, in {}", files.len(), Golden::folder().display()));
    Ok(())
}

/// Of a picture that it turns and encodes for itself imaginary sometimes makes something else; what it makes twice is kept.
async fn twice_the_same(imaginary: &Asked, golden: &Golden, source: &Bytes) -> Result<Made, KitError> {
    const MOST: usize = 10;

    let mut seen: Vec<Made> = Vec::new();
    for _ in 0..MOST {
        let Some(made) = imaginary.make(golden.request, source).await else { break };
        if seen.contains(&made) {
            return Ok(made);
        }
        seen.push(made);
    }
    Err(KitError::Missing {
        what: format!("one answer of imaginary to {} of {}", golden.request, golden.source.name()),
        remedy: "ask for something else".to_owned(),
    })
}

fn remove_others(files: &HashSet<PathBuf>) -> Result<(), KitError> {
    for source in Drawn::ALL {
        let folder = Golden::folder().join(source.name());
        let there = fs::read_dir(&folder).map_err(KitError::at("list", &folder))?;
        for path in there.filter_map(Result::ok).map(|file| file.path()).filter(|path| !files.contains(path))
        {
            fs::remove_file(&path).map_err(KitError::at("remove", &path))?;
        }
    }
    Ok(())
}
