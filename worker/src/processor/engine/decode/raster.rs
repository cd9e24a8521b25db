//! PNG, WebP, GIF and TIFF.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::{ColorType, DynamicImage, ImageDecoder, ImageResult, Limits};
use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::Extent;

use super::super::pixels::{Channels, Pixels};
use super::super::problem::broken;
use super::{Colours, Format, Headers};
use crate::origin::{gif_is_clear, webp_is_whole};

/// What a decoder may take beside the pixels: tables, chunks, a strip.
const TABLES: u64 = 64 << 20;
/// What it may take for each pixel: four samples of two bytes, twice.
const PER_PIXEL: u64 = 16;
/// What stands in front of Exif in a JPEG.
const NAME_IN_JPEG: &[u8] = b"Exif\0\0";

pub(super) fn headers(format: Format, bytes: &[u8]) -> Result<Headers, Failure> {
    if format == Format::WebP && !webp_is_whole(bytes) {
        return Err(broken(format.name(), "it is cut short"));
    }
    let broken = |cause| broken(format.name(), cause);
    let mut decoder = open(format, bytes, Extent { width: 0, height: 0 }).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    Ok(Headers {
        extent: Extent { width: width.into(), height: height.into() },
        colours: colours(if is_opaque(format, bytes) { ColorType::Rgb8 } else { decoder.color_type() }),
        // What cannot be read of these is left out; the pixels may be in order.
        profile: decoder.icc_profile().ok().flatten(),
        exif: if format == Format::Tiff { None } else { decoder.exif_metadata().ok().flatten().map(bare) },
        progressive: false,
    })
}

/// libvips writes the name of a JPEG's segment into a WebP as well.
fn bare(mut exif: Vec<u8>) -> Vec<u8> {
    if exif.starts_with(NAME_IN_JPEG) {
        exif.drain(..NAME_IN_JPEG.len());
    }
    exif
}

pub(super) fn decode(format: Format, bytes: &[u8], extent: Extent) -> Result<Pixels, Failure> {
    let decoder = open(format, bytes, extent).map_err(|cause| broken(format.name(), cause))?;
    let image = DynamicImage::from_decoder(decoder).map_err(|cause| broken(format.name(), cause))?;
    let (Ok(width), Ok(height)) = (usize::try_from(image.width()), usize::try_from(image.height())) else {
        return Err(broken(format.name(), "it is too large"));
    };
    let (channels, samples) = match image.color() {
        ColorType::L8 | ColorType::L16 => (Channels::Grey, image.into_luma8().into_raw()),
        ColorType::La8 | ColorType::La16 => (Channels::GreyAlpha, image.into_luma_alpha8().into_raw()),
        color if color.has_alpha() && !is_opaque(format, bytes) => {
            (Channels::Rgba, image.into_rgba8().into_raw())
        }
        _ => (Channels::Rgb, image.into_rgb8().into_raw()),
    };
    Pixels::new(width, height, channels, samples).ok_or_else(|| broken(format.name(), "it has no pixels"))
}

/// The decoder gives each GIF alpha; libvips those alone that have something clear.
fn is_opaque(format: Format, bytes: &[u8]) -> bool {
    format == Format::Gif && !gif_is_clear(bytes)
}

fn open<'a>(format: Format, bytes: &'a [u8], extent: Extent) -> ImageResult<Box<dyn ImageDecoder + 'a>> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(extent.pixels().saturating_mul(PER_PIXEL).saturating_add(TABLES));
    let bytes = Cursor::new(bytes);
    let mut decoder: Box<dyn ImageDecoder + 'a> = match format {
        Format::Gif => Box::new(GifDecoder::new(bytes)?),
        Format::Tiff => Box::new(TiffDecoder::new(bytes)?),
        Format::WebP => Box::new(WebPDecoder::new(bytes)?),
        Format::Png | Format::Jpeg => Box::new(PngDecoder::with_limits(bytes, limits.clone())?),
    };
    if extent.pixels() > 0 {
        decoder.set_limits(limits)?;
    }
    Ok(decoder)
}

/// libvips counts alpha with the colours, and names 16 bits apart.
fn colours(decoded: ColorType) -> Colours {
    let wide = decoded.bytes_per_pixel() > decoded.channel_count();
    let space = match (decoded.has_color(), wide) {
        (true, false) => "srgb",
        (true, true) => "rgb16",
        (false, false) => "b-w",
        (false, true) => "grey16",
    };
    Colours { space, channels: decoded.channel_count(), alpha: decoded.has_alpha() }
}
