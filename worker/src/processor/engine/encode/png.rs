//! PNG, its filters chosen row by row.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};
use imcaxy_shared::jobs::Failure;

use super::super::output::Output;
use super::super::pixels::{Channels, Pixels};
use super::super::problem::internal;
use super::{Kept, sides};

pub(super) fn encode(pixels: &Pixels, output: &Output, kept: Kept) -> Result<Vec<u8>, Failure> {
    let (width, height) = sides(pixels)?;
    let mut bytes = Vec::new();
    let level = CompressionType::Level(output.compression);
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, level, FilterType::Adaptive);
    if let Some(profile) = kept.profile {
        let _taken = encoder.set_icc_profile(profile);
    }
    if let Some(exif) = kept.exif {
        let _taken = encoder.set_exif_metadata(exif);
    }
    encoder
        .write_image(pixels.samples(), width, height, color(pixels.channels()))
        .map_err(|_| internal("a PNG was not encoded"))?;
    Ok(bytes)
}

/// The crate's name for samples.
pub(super) const fn color(channels: Channels) -> ExtendedColorType {
    match channels {
        Channels::Grey => ExtendedColorType::L8,
        Channels::GreyAlpha => ExtendedColorType::La8,
        Channels::Rgb => ExtendedColorType::Rgb8,
        Channels::Rgba => ExtendedColorType::Rgba8,
    }
}
