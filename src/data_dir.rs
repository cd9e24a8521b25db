//! The directory of embedded parts: one process at a time has it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use imcaxy_shared::config::ConfigError;

use crate::stop::Stop;

/// The catalog's file in a data directory.
pub(crate) fn catalog(data_dir: &Path) -> PathBuf {
    data_dir.join("catalog.db")
}

/// The directory, for as long as this lives; the system gives it back when the process ends, however it does.
#[derive(Debug)]
pub(crate) struct DataDir {
    _lock: File,
}

impl DataDir {
    /// Makes the directory when it is missing, and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, Stop> {
        let wrong = |why: String| {
            Stop::Configuration(ConfigError::new(format!("data_dir = {}: {why}", path.display())))
        };
        let unusable = |cause: io::Error| {
            wrong(format!("{cause}; it has to be a directory, or none yet, in which this user may write"))
        };
        fs::create_dir_all(path).map_err(unusable)?;
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path.join("lock"));
        let mut file = file.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // It is only told.
                drop(file.read_to_string(&mut holder));
                return Err(wrong(format!(
                    "another imcaxy (process {}) has it; end that one, or give this one a directory of its own",
                    holder.trim()
                )));
            }
            Err(TryLockError::Error(cause)) => return Err(wrong(format!("lock: {cause}"))),
        }
        // It is only told, and there may be no room to write it.
        drop(
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| write!(file, "{}", std::process::id())),
        );
        Ok(Self { _lock: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_directory_it_is_told_what_helps() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let Err(Stop::Configuration(refused)) = DataDir::lock(file.path()) else { panic!("it is a file") };
        assert!(refused.to_string().contains("it has to be a directory"), "{refused}");
    }

    #[test]
    fn who_comes_second_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let first = DataDir::lock(&path);
        assert!(first.is_ok());
        let Err(Stop::Configuration(refused)) = DataDir::lock(&path) else { panic!("it is locked") };
        let refused = refused.to_string();
        assert!(
            refused.contains("data_dir") && refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
        drop(first);
        assert!(DataDir::lock(&path).is_ok());
    }
}
