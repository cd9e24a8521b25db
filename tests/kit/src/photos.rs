//! Real photographs, by name.

use std::fs;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

use crate::cache::Cache;
use crate::servers::imaginary_module;
use crate::{KitError, progress};

/// The photographs that imaginary and its binding to libvips test themselves with. Among them: `large.jpg`
/// (1920×1080), `medium.jpg` (970×644), `imaginary.jpg` (550×740), `smart-crop.jpg` (700×1050), `test.png` (400×300
/// with transparency), `test.webp` (550×368), `test_exif_full.jpg` (4032×3024, to be rotated, with a colour profile),
/// `vertical.jpg` (4000×6000), `test.gif`, `test.svg`, `test.pdf`, `corrupt.jpg`, and `exif/Landscape_1.jpg` to `_8`
/// and `exif/Portrait_1.jpg` to `_8`, one for each orientation.
#[derive(Debug, Clone, Copy)]
pub struct Photo;

impl Photo {
    /// The bytes of a photograph. A name that does not exist, or photographs that cannot be had, fail the test.
    pub async fn bytes(name: &str) -> Bytes {
        match Self::find(name).await {
            Ok(bytes) => bytes,
            Err(error) => panic!("{error}"),
        }
    }

    /// The bytes of a photograph, or why there are none.
    pub async fn find(name: &str) -> Result<Bytes, KitError> {
        let folder = Self::prepare(&Cache::open()?).await?;
        let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        let bytes = if is_plain { fs::read(folder.join(name)).ok() } else { None };
        bytes.map(Bytes::from).ok_or_else(|| KitError::NoPhoto { name: name.to_owned(), folder })
    }

    /// Fetches the photographs into the cache when they are not there, and answers their folder.
    pub async fn prepare(cache: &Cache) -> Result<PathBuf, KitError> {
        // Where both have a file of one name, imaginary's is the last one written, and stays.
        const MODULES: [&str; 2] = ["github.com/h2non/bimg", "github.com/h2non/imaginary"];

        let module = imaginary_module();
        cache
            .get("photos", &module.manifests(), |into| async move {
                progress::say("fetching the photographs");
                for required in MODULES {
                    copy_pictures(&module.folder_of(required).await?.join("testdata"), &into)?;
                }
                Ok(())
            })
            .await
    }
}

fn copy_pictures(from: &Path, into: &Path) -> Result<(), KitError> {
    const PICTURES: [&str; 8] = ["gif", "heic", "jp2", "jpg", "pdf", "png", "svg", "webp"];

    fs::create_dir_all(into).map_err(KitError::at("create", into))?;
    for entry in fs::read_dir(from).map_err(KitError::at("list", from))? {
        let source = entry.map_err(KitError::at("list", from))?.path();
        let Some(name) = source.file_name() else { continue };
        let target = into.join(name);
        if source.is_dir() {
            copy_pictures(&source, &target)?;
        } else if source.extension().is_some_and(|kind| PICTURES.iter().any(|picture| kind == *picture)) {
            // Written anew: a copy would be read-only, as the toolchain keeps its files.
            let bytes = fs::read(&source).map_err(KitError::at("read", &source))?;
            fs::write(&target, bytes).map_err(KitError::at("write", &target))?;
        }
    }
    Ok(())
}
