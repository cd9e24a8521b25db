//! Goldens: what imaginary answered, kept as files that are named by their request, in folders that are named by their picture.

use std::fs;
use std::path::{Path, PathBuf};

use super::file_name::FileName;
use super::golden_requests::{Expected, GOLDEN_REQUESTS};
use super::made::Made;
use super::sources::Drawn;
use crate::KitError;

/// A request for a drawn picture, and what is expected of the engine's answer.
#[derive(Clone, Debug)]
pub struct Golden {
    /// What it is asked of.
    pub source: Drawn,
    /// The operation and its query.
    pub request: &'static str,
    /// How alike another answer must be.
    pub expected: Expected,
}

impl Golden {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        GOLDEN_REQUESTS.iter().flat_map(|(expected, sources, requests)| {
            sources.iter().flat_map(move |source| {
                requests.iter().map(move |request| Self { source: *source, request, expected: *expected })
            })
        })
    }

    /// The folder that they are in.
    #[must_use]
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../goldens")
    }

    /// The file that says with which versions of imaginary and libvips they were made, as imaginary says it.
    #[must_use]
    pub fn versions() -> PathBuf {
        Self::folder().join("versions.json")
    }

    /// What imaginary answered.
    ///
    /// # Errors
    /// There is no such file, or not exactly one.
    pub fn read(&self) -> Result<Made, KitError> {
        let folder = Self::folder().join(self.source.name());
        let name = FileName::of(self.request);
        let files = fs::read_dir(&folder).map_err(KitError::at("list", &folder))?;
        let mut made = files.filter_map(Result::ok).map(|file| file.path()).filter_map(|path| {
            let is_it = path.file_stem()?.to_str()? == name.as_str();
            let extension = is_it.then(|| path.extension()?.to_str())??;
            Made::of_file(extension, fs::read(&path).ok()?.into())
        });
        match (made.next(), made.next()) {
            (Some(made), None) => Ok(made),
            _ => Err(KitError::Missing {
                what: format!("the golden {}/{}", self.source.name(), name.as_str()),
                remedy: "`cargo xtask goldens` makes them anew".to_owned(),
            }),
        }
    }

    /// Keeps what imaginary answered; answers the file.
    ///
    /// # Errors
    /// It has an unknown type, or cannot be written.
    pub fn write(&self, made: &Made) -> Result<PathBuf, KitError> {
        let folder = Self::folder().join(self.source.name());
        fs::create_dir_all(&folder).map_err(KitError::at("create", &folder))?;
        let extension = made.extension().ok_or_else(|| KitError::Missing {
            what: format!("the extension of {}", made.content_type),
            remedy: "name it where a result's type is read from a file's name".to_owned(),
        })?;
        let file = folder.join(format!("{}.{extension}", FileName::of(self.request).as_str()));
        fs::write(&file, &made.bytes).map_err(KitError::at("write", &file))?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_file_is_named_by_a_request_that_is_asked_and_they_are_small() {
        let asked: HashSet<(&str, &str)> =
            Golden::all().map(|golden| (golden.source.name(), golden.request)).collect();
        assert_eq!(asked.len(), Golden::all().count(), "none is there twice");
        let (mut files, mut bytes) = (0, 0);
        for source in Drawn::ALL {
            for file in fs::read_dir(Golden::folder().join(source.name())).expect("a folder") {
                let path = file.expect("a file").path();
                let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
                let request = FileName::read(name).request().expect("a request");
                assert!(asked.contains(&(source.name(), &*request)), "{}", path.display());
                files += 1;
                bytes += fs::metadata(&path).expect("its length").len();
            }
        }
        assert_eq!(files, asked.len());
        assert!(bytes < 300_000, "{bytes}");
    }
}
