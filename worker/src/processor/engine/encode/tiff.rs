//! TIFF, not compressed, as libvips writes it by default. Exif is not written: its place in a TIFF is the picture's own directory.

use std::io::Cursor;

use image::ImageEncoder as _;
use image::codecs::tiff::TiffEncoder;
use imcaxy_shared::jobs::Failure;

use super::super::pixels::{Channels, Pixels};
use super::super::problem::internal;
use super::png::color;
use super::{Kept, coloured, sides};

pub(super) fn encode(pixels: &Pixels, kept: Kept) -> Result<Vec<u8>, Failure> {
    // The encoder has no grey with alpha.
    let with_colours;
    let pixels = if pixels.channels() == Channels::GreyAlpha {
        with_colours = coloured(pixels);
        &with_colours
    } else {
        pixels
    };
    let (width, height) = sides(pixels)?;
    let mut bytes = Vec::new();
    let mut encoder = TiffEncoder::new(Cursor::new(&mut bytes));
    if let Some(profile) = kept.profile {
        let _taken = encoder.set_icc_profile(profile);
    }
    encoder
        .write_image(pixels.samples(), width, height, color(pixels.channels()))
        .map_err(|_| internal("a TIFF was not encoded"))?;
    Ok(bytes)
}
