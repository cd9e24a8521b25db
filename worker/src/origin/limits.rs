//! Which sources are decoded: decided by their first bytes and their headers, before anything is.

use imcaxy_shared::config::Sources;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Extent;

use super::measure;
use super::media::{Kind, Media, Vector};

/// What a source may be at most.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    max_pixels: Option<u64>,
    max_frames: Option<u64>,
    vector: bool,
}

/// What is known of a source that is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub media: Media,
    /// Its extent; of a PDF it is not known.
    pub extent: Option<Extent>,
    /// Whether it may lie on its side.
    pub turned: bool,
}

impl Limits {
    pub(super) fn new(settings: &Sources) -> Self {
        Self { max_pixels: settings.max_pixels.0, max_frames: settings.max_frames.0, vector: settings.vector }
    }

    /// What `bytes` are, if they are decoded at all.
    ///
    /// # Errors
    /// They are no picture, not of a type that is decoded, or too much of it.
    pub(super) fn admit(&self, bytes: &[u8]) -> Result<Picture, Failure> {
        let media = Media::of(bytes).ok_or_else(|| {
            Failure::new(FailureCode::NotAnImage, "the source is not an image of a known type")
        })?;
        let measured = match media.kind {
            Kind::Raster(format) => measure::raster(format, bytes, self.max_frames.unwrap_or(u64::MAX)),
            Kind::Vector(_) if !self.vector => {
                return Err(unsupported(&format!(
                    "the source is {}, which is decoded with sources.vector alone",
                    media.name
                )));
            }
            Kind::Vector(Vector::Svg) => measure::svg(bytes),
            // Its pages may stand in compressed objects, which would have to be unpacked to be measured.
            Kind::Vector(Vector::Pdf) => return Ok(Picture { media, extent: None, turned: false }),
            Kind::Refused => {
                return Err(unsupported(&format!("the source is {}, which is not decoded", media.name)));
            }
        };
        // A decoder that reads it all the same would meet no limit.
        let measured = measured.ok_or_else(|| {
            let message = format!("the source begins as {}, and does not say how large it is", media.name);
            Failure::new(FailureCode::NotAnImage, message)
        })?;
        if let Some(most) = self.max_frames
            && measured.frames > most
        {
            let message = format!("the source has more frames than sources.max_frames ({most})");
            return Err(Failure::new(FailureCode::TooManyFrames, message));
        }
        let Extent { width, height } = measured.extent;
        match self.max_pixels {
            Some(most) if measured.extent.pixels() > most => {
                let message =
                    format!("the source has {width}×{height} pixels, more than sources.max_pixels ({most})");
                Err(Failure::new(FailureCode::TooManyPixels, message))
            }
            _ => Ok(Picture { media, extent: Some(measured.extent), turned: measured.turned }),
        }
    }
}

fn unsupported(message: &str) -> Failure {
    Failure::new(FailureCode::UnsupportedType, message)
}
