//! The folder in which built servers are kept from one run to the next.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{KitError, progress};

/// Where built servers and fetched photographs are kept: `$IMCAXY_CACHE_DIR`, else `$XDG_CACHE_HOME/imcaxy`, else
/// `~/.cache/imcaxy`. The folder may be deleted at any time; what is missing is built again.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache that the environment names.
    pub fn open() -> Result<Self, KitError> {
        Ok(Self { root: root_from_environment()? })
    }

    /// A cache in a given folder.
    #[must_use]
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder of what was made of `manifests`; `make` fills it when it is not there yet. Another manifest is
    /// another folder, so a changed pin is built anew. Several processes may ask at once: one makes it, the others
    /// wait.
    pub async fn get<Made>(
        &self,
        name: &str,
        manifests: &[&str],
        make: impl FnOnce(PathBuf) -> Made,
    ) -> Result<PathBuf, KitError>
    where
        Made: Future<Output = Result<(), KitError>>,
    {
        let finished = self.root.join(format!("{name}-{}", digest(manifests)));
        if finished.is_dir() {
            return Ok(finished);
        }
        fs::create_dir_all(&self.root).map_err(KitError::at("create", &self.root))?;
        let _lock = lock(&self.root.join(format!("{name}.lock"))).await?;
        if finished.is_dir() {
            return Ok(finished);
        }
        let unfinished = self.root.join(format!("{name}.unfinished"));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(KitError::at("remove", &unfinished))?;
        }
        fs::create_dir(&unfinished).map_err(KitError::at("create", &unfinished))?;
        make(unfinished.clone()).await?;
        fs::rename(&unfinished, &finished).map_err(KitError::at("rename", &unfinished))?;
        Ok(finished)
    }
}

fn root_from_environment() -> Result<PathBuf, KitError> {
    let folder = |variable| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = folder("IMCAXY_CACHE_DIR")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("imcaxy")))
        .or_else(|| Some(folder("HOME")?.join(".cache/imcaxy")))
        .ok_or_else(|| KitError::Missing {
            what: "a folder for built servers".to_owned(),
            remedy: "set IMCAXY_CACHE_DIR".to_owned(),
        })?;
    std::path::absolute(&root).map_err(KitError::at("resolve", &root))
}

fn digest(manifests: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [env::consts::OS, env::consts::ARCH].iter().chain(manifests) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut name = hex::encode(hash.finalize());
    name.truncate(16);
    name
}

/// Holds the lock until the file is dropped; the system frees it when the process dies.
async fn lock(path: &Path) -> Result<File, KitError> {
    const PAUSE: Duration = Duration::from_millis(200);

    let file = File::create(path).map_err(KitError::at("create", path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(KitError::at("lock", path)(error)),
            Err(TryLockError::WouldBlock) if !told => {
                progress::say(&format!("waiting for another process that holds {}", path.display()));
                told = true;
            }
            Err(TryLockError::WouldBlock) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_is_made_is_made_once_and_anew_for_another_manifest() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path().join("deep/cache"));
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let make = |into: PathBuf| async move {
            MADE.fetch_add(1, Ordering::Relaxed);
            fs::write(into.join("it"), "made").map_err(KitError::io("write"))
        };
        let (one, two) =
            tokio::join!(cache.get("thing", &["pin 1"], make), cache.get("thing", &["pin 1"], make));
        let one = one.expect("is made");
        assert_eq!(one, two.expect("is there"));
        assert_eq!(fs::read_to_string(one.join("it")).expect("is readable"), "made");
        assert_eq!(MADE.load(Ordering::Relaxed), 1);

        let other = cache.get("thing", &["pin 2"], make).await.expect("is made");
        assert_ne!(one, other);
        assert_eq!(MADE.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn what_failed_is_tried_again_from_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path().to_owned());
        let failed = cache.get("thing", &["pin"], |into| async move {
            fs::write(into.join("half"), "").map_err(KitError::io("write"))?;
            Err(KitError::Missing { what: "a compiler".to_owned(), remedy: "install one".to_owned() })
        });
        assert!(failed.await.is_err());
        let made = cache.get("thing", &["pin"], |into| async move {
            assert!(!into.join("half").exists());
            Ok(())
        });
        assert!(made.await.is_ok());
    }
}
