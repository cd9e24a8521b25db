//! The directory of embedded parts, as the user who asks sees it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::finding::Finding;
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use crate::data_dir::catalog;

const NAME: &str = "directory";
const SPACE: &str = "space";
/// Below this much free space renders will soon not be kept.
const LITTLE: u64 = 1 << 30;

/// Looks at the directory; a file is written into one that is there, and removed again.
pub(super) fn all(data_dir: &Path) -> Vec<Finding> {
    let place = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    match fs::metadata(&place) {
        Ok(_) => {
            let mut findings = vec![written(&place), space(&place)];
            findings.extend(SqliteCatalog::examine(&catalog(&place)));
            findings
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => vec![not_there(&place)],
        Err(cause) => vec![denied(&place, &cause)],
    }
}

fn written(place: &Path) -> Finding {
    let probe = place.join(format!("doctor-{:016x}", rand::random::<u64>()));
    let tried = File::create_new(&probe).and_then(|mut file| {
        let written = file.write_all(b"imcaxy doctor").and_then(|()| file.sync_data());
        written.and(fs::remove_file(&probe))
    });
    match tried {
        Ok(()) => Finding::ok(NAME, format!("{} can be written", place.display())),
        Err(cause) => denied(place, &cause),
    }
}

/// One that a start would make.
fn not_there(place: &Path) -> Finding {
    let parent = place.ancestors().find(|ancestor| ancestor.exists()).map(PathBuf::from).unwrap_or_default();
    match access(&parent, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) => {
            Finding::ok(NAME, format!("{} is not there yet: the first start makes it", place.display()))
        }
        Err(cause) => denied(place, &cause.into()),
    }
}

fn denied(place: &Path, cause: &io::Error) -> Finding {
    Finding::fail(
        NAME,
        format!("{} cannot be written: {cause}", place.display()),
        "let the user of imcaxy write there, or set data_dir to another place",
    )
}

fn space(place: &Path) -> Finding {
    let Ok(told) = statvfs(place) else {
        return Finding::warn(SPACE, "not told", "make sure that there is some");
    };
    let [free, all] = [told.blocks_available(), told.blocks()].map(|blocks| blocks * told.fragment_size());
    let found = format!("{} MiB of {} MiB are free", free >> 20, all >> 20);
    if free < LITTLE {
        return Finding::warn(
            SPACE,
            found,
            "make room, or set data_dir to another place: what finds no room is not kept",
        );
    }
    Finding::ok(SPACE, found)
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::finding::Verdict;

    use super::*;

    fn verdicts(place: &Path) -> Vec<(&'static str, Verdict)> {
        all(place).into_iter().map(|finding| (finding.name, finding.verdict)).collect()
    }

    #[test]
    fn a_directory_is_looked_at_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a/b");
        assert_eq!(verdicts(&place), [(NAME, Verdict::Ok)]);
        assert!(!place.exists());
        fs::create_dir_all(&place).unwrap();
        let found = verdicts(&place);
        assert_eq!((found[0], found[2]), ((NAME, Verdict::Ok), ("catalog", Verdict::Ok)));
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }

    #[test]
    fn a_catalog_is_told_sound_of_a_newer_version_or_broken() {
        // A folder each: one that was opened is written to until its writer has ended.
        let [sound, broken] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        drop(SqliteCatalog::open(&catalog(sound.path()), 1).unwrap());
        fs::write(catalog(broken.path()), [7; 9000]).unwrap();
        let found = |folder: &tempfile::TempDir| verdicts(folder.path()).split_off(2);
        assert_eq!(
            found(&sound),
            [("catalog", Verdict::Ok), ("tables", Verdict::Ok), ("pages", Verdict::Ok)]
        );
        assert_eq!(found(&broken), [("catalog", Verdict::Fail)]);
    }
}
