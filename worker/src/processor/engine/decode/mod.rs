//! Sources: what their headers say, and their pixels.

mod jpeg;
mod raster;

use bytes::Bytes;
use image::metadata::Orientation;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Extent;

use super::encode::Kept;
use super::make::Reduction;
use super::output::Output;
use super::pixels::Pixels;
use crate::origin::{Kind, Media, Raster};

/// A type that is decoded; all but GIF are written too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
    Tiff,
}

impl Format {
    /// imaginary's name of it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
        }
    }

    /// Its media type.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
        }
    }

    /// The type that `type` names.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::WebP, Self::Gif, Self::Tiff]
            .into_iter()
            .find(|format| format.name() == name)
    }
}

/// What the pixels of a source are, as libvips says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colours {
    /// libvips' name of the colour space.
    pub(super) space: &'static str,
    /// Samples a pixel, alpha included.
    pub(super) channels: u8,
    /// Whether there is alpha.
    pub(super) alpha: bool,
}

/// What a decoder finds in the headers.
struct Headers {
    extent: Extent,
    colours: Colours,
    profile: Option<Vec<u8>>,
    /// From the byte order mark on.
    exif: Option<Vec<u8>>,
    progressive: bool,
}

/// A source whose headers are read.
pub(super) struct Source {
    format: Format,
    bytes: Bytes,
    headers: Headers,
}

impl Source {
    /// Reads the headers.
    ///
    /// # Errors
    /// A type that is not decoded, or headers that cannot be read.
    pub(super) fn open(bytes: Bytes) -> Result<Self, Failure> {
        let format = format(&bytes)?;
        let headers = match format {
            Format::Jpeg => jpeg::headers(&bytes)?,
            other => raster::headers(other, &bytes)?,
        };
        Ok(Self { format, bytes, headers })
    }

    /// Its type.
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    /// Its sides as they are stored.
    pub(super) const fn extent(&self) -> Extent {
        self.headers.extent
    }

    /// What its pixels are.
    pub(super) const fn colours(&self) -> Colours {
        self.headers.colours
    }

    /// Whether it has a colour profile.
    pub(super) const fn has_profile(&self) -> bool {
        self.headers.profile.is_some()
    }

    /// Whether its decoder keeps the whole of it in memory, however it is reduced.
    pub(super) const fn is_progressive(&self) -> bool {
        self.headers.progressive
    }

    /// Exif's orientation, from 1 to 8.
    pub(super) fn orientation(&self) -> Option<u8> {
        self.headers.exif.as_deref().and_then(Orientation::from_exif_chunk).map(Orientation::to_exif)
    }

    /// What goes on into a result; `turned_up`: whether the orientation has been followed, so that nobody does it twice.
    pub(super) fn kept(&self, output: &Output, turned_up: bool) -> Kept {
        let mut exif = self.headers.exif.clone().filter(|_| output.exif);
        if let Some(exif) = exif.as_mut().filter(|_| turned_up) {
            let _followed = Orientation::remove_from_exif_chunk(exif);
        }
        // Greys and inks have become red, green and blue, to which their profile does not apply.
        let applies = matches!(self.headers.colours.space, "srgb" | "rgb16") && !output.grey;
        let profile = self.headers.profile.clone().filter(|_| output.profile && applies);
        Kept { profile, exif }
    }

    /// Its pixels, those of the first frame, reduced as far as `reduction` says.
    ///
    /// # Errors
    /// It is broken.
    pub(super) fn decode(&self, reduction: Reduction) -> Result<Pixels, Failure> {
        match self.format {
            Format::Jpeg => jpeg::decode(&self.bytes, self.extent(), reduction),
            other => raster::decode(other, &self.bytes, self.extent()),
        }
    }
}

fn format(bytes: &[u8]) -> Result<Format, Failure> {
    const READ: &str = "the built-in engine reads JPEG, PNG, WebP, GIF and TIFF";
    let Some(media) = Media::of(bytes) else {
        return Err(Failure::new(FailureCode::NotAnImage, format!("the source is no picture; {READ}")));
    };
    match media.kind {
        Kind::Raster(Raster::Jpeg) => Ok(Format::Jpeg),
        Kind::Raster(Raster::Png) => Ok(Format::Png),
        Kind::Raster(Raster::WebP) => Ok(Format::WebP),
        Kind::Raster(Raster::Gif) => Ok(Format::Gif),
        Kind::Raster(Raster::Tiff) => Ok(Format::Tiff),
        Kind::Raster(Raster::Heif) | Kind::Vector(_) | Kind::Refused => {
            let message = format!("the source is {}; {READ}", media.name);
            Err(Failure::new(FailureCode::UnsupportedType, message))
        }
    }
}
