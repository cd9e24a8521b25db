//! The wall clock of one process, moved by libfaketime.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use crate::cache::Cache;
use crate::{KitError, tool};

/// With locks: a Redis has threads.
const LIBRARY: &str = "libfaketimeMT.so.1";
/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

/// How far a process's wall clock is from the real one, kept in a file that libfaketime reads each time that it is
/// asked.
#[derive(Debug)]
pub(super) struct Clock {
    library: PathBuf,
    file: PathBuf,
    _folder: TempDir,
    /// Nanoseconds ahead of the real clock.
    ahead: Mutex<i128>,
}

impl Clock {
    /// A clock that is right.
    pub(super) async fn prepare() -> Result<Self, KitError> {
        let folder = tempfile::Builder::new().prefix("imcaxy-clock-").tempdir();
        let folder = folder.map_err(KitError::io("create a temporary folder"))?;
        let file = folder.path().join("clock");
        let clock = Self { library: library().await?, file, _folder: folder, ahead: Mutex::new(0) };
        clock.step(0)?;
        Ok(clock)
    }

    /// The variables with which a process lives by this clock. Only the wall clock is moved, as NTP or an operator
    /// would: the monotonic clock goes on.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        // Debian's Redis allocates with jemalloc, which asks for the time while it is not ready itself; libfaketime
        // and it would wait for each other for ever. With the C library in front, its allocator is the one that is
        // used.
        let mut libraries = OsString::from(&self.library);
        libraries.push(":libc.so.6");
        vec![
            ("LD_PRELOAD", libraries),
            ("FAKETIME_TIMESTAMP_FILE", OsString::from(&self.file)),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    pub(super) fn step_forward(&self, by: Duration) -> Result<(), KitError> {
        self.step(nanos(by))
    }

    pub(super) fn step_back(&self, by: Duration) -> Result<(), KitError> {
        self.step(-nanos(by))
    }

    fn step(&self, by: i128) -> Result<(), KitError> {
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead += by;
        // Renamed into place, so that nobody reads half of it.
        let unfinished = self.file.with_extension("unfinished");
        fs::write(&unfinished, spelled(*ahead)).map_err(KitError::at("write", &unfinished))?;
        fs::rename(&unfinished, &self.file).map_err(KitError::at("rename", &unfinished))
    }
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

/// In libfaketime's spelling: a sign, seconds and their fraction.
fn spelled(ahead: i128) -> String {
    let sign = if ahead < 0 { '-' } else { '+' };
    let nanos = ahead.unsigned_abs();
    let second = SECOND.unsigned_abs();
    format!("{sign}{}.{:09}\n", nanos / second, nanos % second)
}

/// libfaketime, after installing it if need be. A copy is kept among the built servers, so that only one process
/// installs.
async fn library() -> Result<PathBuf, KitError> {
    const PACKAGE: &str = "faketime";
    const PURPOSE: &str = "the tests move the clock of a Redis";

    let folder = Cache::open()?
        .get("faketime", &[LIBRARY], |into| async move {
            if find().is_none() {
                tool::install_debian(PACKAGE, PURPOSE).await?;
            }
            let library = find().ok_or_else(|| KitError::Missing {
                what: format!("{LIBRARY} ({PURPOSE})"),
                remedy: format!("install {PACKAGE}; it is looked for in /usr/lib and /usr/local/lib"),
            })?;
            fs::copy(&library, into.join(LIBRARY)).map(drop).map_err(KitError::at("copy", &library))
        })
        .await?;
    Ok(folder.join(LIBRARY))
}

fn find() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    // Debian has a folder for each kind of machine.
    let of_a_machine = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let libraries =
        folders.into_iter().chain(of_a_machine).map(|folder| folder.join("faketime").join(LIBRARY));
    libraries.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_spelled_with_its_sign() {
        for (ahead, spelling) in [
            (0, "+0.000000000\n"),
            (3_600 * SECOND, "+3600.000000000\n"),
            (-SECOND / 4, "-0.250000000\n"),
            (-61 * SECOND - 5, "-61.000000005\n"),
        ] {
            assert_eq!(spelled(ahead), spelling);
        }
    }
}
