//! The token of a run for which none is configured: it stands in a file that only this user can read.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use imcaxy_shared::config::Secret;

/// Makes a token and writes it to `{data_dir}/run-token`, mode 0600.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn make(data_dir: &Path) -> io::Result<Secret> {
    let token = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let named =
        |cause: io::Error| io::Error::new(cause.kind(), format!("data_dir {}: {cause}", data_dir.display()));
    fs::create_dir_all(data_dir).map_err(named)?;
    // Written beside and renamed: a file left by another run may have another mode, and a reader never sees half a token.
    let new = data_dir.join(format!("run-token.{:016x}", rand::random::<u64>()));
    let mut written =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(named)?;
    written.write_all(token.as_bytes()).map_err(named)?;
    fs::rename(&new, file(data_dir)).map_err(named)?;
    Ok(Secret::from(token))
}

/// Where the token stands.
pub(crate) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("run-token")
}
