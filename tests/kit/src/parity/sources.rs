//! The pictures that goldens were made of: drawn, and encoded as each type that is read.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ExtendedColorType, ImageFormat, RgbaImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::draw::{clearing_landscape, landscape};

/// A drawn picture. Its bytes are the same wherever they are made, as long as the encoders in the lock file are; those whose pixels
/// matter to the last bit have lossless types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Drawn {
    /// A JPEG of 480×360 pixels, whose decoder can do a part of the reducing.
    Photo,
    /// The same, lying on its left side by its Exif.
    PhotoTurned,
    /// A JPEG of 48×36 pixels.
    Jpeg,
    /// The same, lying on its right side by its Exif.
    JpegTurned,
    /// A PNG of 48×36 pixels.
    Png,
    /// A PNG with alpha.
    Alpha,
    /// A PNG without colours.
    Grey,
    /// A lossless WebP.
    WebP,
    /// A GIF of one frame.
    Gif,
    /// A TIFF.
    Tiff,
}

/// Width and height of the large ones.
const LARGE: (u32, u32) = (480, 360);
/// Of the small ones.
const SMALL: (u32, u32) = (48, 36);

impl Drawn {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Photo,
        Self::PhotoTurned,
        Self::Jpeg,
        Self::JpegTurned,
        Self::Png,
        Self::Alpha,
        Self::Grey,
        Self::WebP,
        Self::Gif,
        Self::Tiff,
    ];

    /// What it is called in messages, and the folder of its goldens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo-jpg",
            Self::PhotoTurned => "photo-turned-jpg",
            Self::Jpeg => "jpg",
            Self::JpegTurned => "turned-jpg",
            Self::Png => "png",
            Self::Alpha => "alpha-png",
            Self::Grey => "grey-png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tif",
        }
    }

    /// Draws and encodes it.
    #[must_use]
    pub fn bytes(self) -> Bytes {
        let (width, height) = SMALL;
        let small = || landscape(width, height);
        match self {
            Self::Photo => jpeg(&landscape(LARGE.0, LARGE.1), None),
            Self::PhotoTurned => jpeg(&landscape(LARGE.0, LARGE.1), Some(8)),
            Self::Jpeg => jpeg(&small(), None),
            Self::JpegTurned => jpeg(&small(), Some(6)),
            Self::Png => written(DynamicImage::from(small()).into_rgb8(), ImageFormat::Png),
            Self::Alpha => written(clearing_landscape(width, height), ImageFormat::Png),
            Self::Grey => written(DynamicImage::from(small()).into_luma8(), ImageFormat::Png),
            Self::WebP => written(DynamicImage::from(small()).into_rgb8(), ImageFormat::WebP),
            Self::Gif => gif(&small()),
            Self::Tiff => written(DynamicImage::from(small()).into_rgb8(), ImageFormat::Tiff),
        }
    }
}

fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("a drawn picture can be encoded");
    bytes.into_inner().into()
}

fn gif(picture: &RgbaImage) -> Bytes {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let encoded = GifEncoder::new(&mut bytes).encode(picture, width, height, ExtendedColorType::Rgba8);
    encoded.expect("a drawn picture can be encoded");
    bytes.into()
}

fn jpeg(picture: &RgbaImage, orientation: Option<u8>) -> Bytes {
    const QUALITY: u8 = 92;

    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    if let Some(orientation) = orientation {
        encoder.add_exif_metadata(&exif(orientation)).expect("Exif fits");
    }
    let side = |side| u16::try_from(side).expect("drawn pictures are small");
    let (width, height) = picture.dimensions();
    encoder
        .encode(picture, side(width), side(height), ColorType::Rgba)
        .expect("a drawn picture can be encoded");
    bytes.into()
}

/// Little-endian Exif with an orientation alone.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_and_is_always_the_same() {
        let names: HashSet<_> = Drawn::ALL.iter().map(|drawn| drawn.name()).collect();
        let pictures: HashSet<_> = Drawn::ALL.iter().map(|drawn| drawn.bytes()).collect();
        assert_eq!((names.len(), pictures.len()), (Drawn::ALL.len(), Drawn::ALL.len()));
        assert!(Drawn::ALL.iter().all(|drawn| pictures.contains(&drawn.bytes())));
    }
}
