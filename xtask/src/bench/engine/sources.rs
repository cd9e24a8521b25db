//! The pictures that both sides are given: photographs, and one of them in other types.

use std::collections::HashMap;
use std::fs;

use bytes::Bytes;
use imcaxy_testkit::parity::Asked;
use imcaxy_testkit::{KitError, OwnImaginary, Photo};
use tempfile::TempDir;

use crate::bench::error::BenchError;

// Names of files, which say what they are: the tables show them.
pub const JPEG_2: &str = "1920x1080.jpg";
pub const JPEG_2_TURNED: &str = "1600x1200-turned.jpg";
pub const JPEG_2_PROGRESSIVE: &str = "1920x1080-progressive.jpg";
pub const JPEG_12_TURNED: &str = "4032x3024-turned.jpg";
pub const JPEG_24: &str = "4000x6000.jpg";
pub const PNG_2: &str = "1920x1080.png";
pub const PNG_ALPHA: &str = "400x300-alpha.png";
pub const WEBP_2: &str = "1920x1080.webp";
pub const WEBP_24: &str = "4000x6000.webp";

const PHOTOS: [(&str, &str); 6] = [
    (JPEG_2, "large.jpg"),
    (JPEG_2_TURNED, "exif/Portrait_6.jpg"),
    (JPEG_12_TURNED, "test_exif_full.jpg"),
    (JPEG_24, "vertical.jpg"),
    (PNG_ALPHA, "test.png"),
    (WEBP_24, "vertical.webp"),
];

/// Those that imaginary makes of [`JPEG_2`].
const MADE: [(&str, &str); 3] = [
    (JPEG_2_PROGRESSIVE, "convert?type=jpeg&interlace=true&quality=90"),
    (PNG_2, "convert?type=png"),
    (WEBP_2, "convert?type=webp&quality=90"),
];

/// The pictures, in memory and in a folder.
pub struct Sources {
    folder: TempDir,
    bytes: HashMap<&'static str, Bytes>,
}

impl Sources {
    pub async fn make() -> Result<Self, BenchError> {
        let folder = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
        let mut bytes = HashMap::new();
        for (name, photo) in PHOTOS {
            bytes.insert(name, Photo::find(photo).await?);
        }
        let server = OwnImaginary::start(&[]).await?;
        let imaginary = Asked::at(server.url());
        let photo = Photo::find("large.jpg").await?;
        for (name, request) in MADE {
            let made = imaginary.make(request, &photo).await;
            let made = made.ok_or_else(|| BenchError::NotReady(format!("imaginary refuses {request}")))?;
            bytes.insert(name, made.bytes);
        }
        server.stop().await;
        for (name, bytes) in &bytes {
            let file = folder.path().join(name);
            fs::write(&file, bytes).map_err(KitError::at("write", &file))?;
        }
        Ok(Self { folder, bytes })
    }

    /// Where they are, for `-mount`.
    pub fn folder(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    pub fn bytes(&self, name: &str) -> Result<Bytes, KitError> {
        let folder = || self.folder.path().to_owned();
        let bytes = self.bytes.get(name).cloned();
        bytes.ok_or_else(|| KitError::NoPhoto { name: name.to_owned(), folder: folder() })
    }
}
