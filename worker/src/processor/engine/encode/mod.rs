//! Results: pixels as JPEG, PNG, WebP or TIFF, with what is kept of the source.

mod jpeg;
mod png;
mod tiff;
mod webp;

use bytes::Bytes;
use imcaxy_shared::jobs::Failure;

use super::decode::Format;
use super::output::Output;
use super::pixels::Pixels;
use super::problem::unfit;
use super::steps::{coloured, flattened, grey};
use crate::processor::Picture;

/// What goes from the source into the result.
pub(super) struct Kept {
    /// Its colour profile (ICC).
    pub(super) profile: Option<Vec<u8>>,
    /// Its Exif, from the byte order mark on.
    pub(super) exif: Option<Vec<u8>>,
}

/// Encodes a result as asked for.
///
/// # Errors
/// It has longer sides than its type can have.
pub(super) fn encode(pixels: &Pixels, output: &Output, kept: Kept) -> Result<Picture, Failure> {
    // libvips saves in colour what had none, unless it is asked not to.
    let pixels = if output.grey { grey(pixels) } else { coloured(pixels) };
    let bytes = match output.format {
        Format::Jpeg => jpeg::encode(&flattened(pixels, [0; 3]), output, &kept)?,
        Format::Png => png::encode(&pixels, output, kept)?,
        Format::WebP => webp::encode(&coloured(&pixels), output, &kept)?,
        Format::Tiff => tiff::encode(&pixels, kept)?,
        Format::Gif => return Err(unfit("a GIF cannot be written")),
    };
    Ok(Picture { content_type: output.format.media_type().to_owned(), bytes: Bytes::from(bytes) })
}

/// Encodes as a JPEG what came from no source.
///
/// # Errors
/// As those of [`encode`].
pub(super) fn jpeg(pixels: &Pixels, quality: u8) -> Result<Vec<u8>, Failure> {
    let output = Output {
        format: Format::Jpeg,
        quality,
        compression: 1,
        interlace: false,
        grey: false,
        profile: false,
        exif: false,
    };
    jpeg::encode(pixels, &output, &Kept { profile: None, exif: None })
}

/// Sides as encoders take them.
fn sides(pixels: &Pixels) -> Result<(u32, u32), Failure> {
    let side = |side: usize| u32::try_from(side).map_err(|_| unfit("the result is too large to be encoded"));
    Ok((side(pixels.width())?, side(pixels.height())?))
}
