//! How large a picture says it is, from its headers alone: nothing is decoded, and every walk ends with its bytes.
//!
//! A decoder reads the same headers. Where several of them say something, the largest counts, and what is only in order for a
//! lenient reader is read as leniently as libjpeg or libvips do.

mod gif;
mod heif;
mod jpeg;
mod numbers;
mod png;
mod svg;
mod tiff;
mod webp;

use imcaxy_shared::request::Extent;

use super::media::Raster;

/// What headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// The largest extent that a decoder may use.
    pub extent: Extent,
    /// Frames or pages.
    pub frames: u64,
    /// Whether it says that it lies on its side: its width is then that of the result's height.
    pub turned: bool,
}

impl Measured {
    /// One frame, upright. Nothing without extent.
    fn still(width: u64, height: u64) -> Option<Self> {
        let extent = Extent { width, height };
        (width > 0 && height > 0).then_some(Self { extent, frames: 1, turned: false })
    }
}

/// The measures of a raster; `None` where its headers cannot be read. No more than `most` frames are counted, and one.
pub(super) fn raster(format: Raster, bytes: &[u8], most: u64) -> Option<Measured> {
    match format {
        Raster::Jpeg => jpeg::measure(bytes),
        Raster::Png => png::measure(bytes),
        Raster::WebP => webp::measure(bytes, most),
        Raster::Gif => gif::measure(bytes, most),
        Raster::Tiff => tiff::measure(bytes, most),
        Raster::Heif => heif::measure(bytes),
    }
}

/// Whether a frame of a GIF has a colour that is clear.
pub(crate) fn gif_is_clear(bytes: &[u8]) -> bool {
    gif::is_clear(bytes)
}

/// Whether every chunk of a WebP ends within it.
pub(crate) fn webp_is_whole(bytes: &[u8]) -> bool {
    webp::is_whole(bytes)
}

/// The measures of a drawing; `None` where it does not say how large it is.
pub(super) fn svg(bytes: &[u8]) -> Option<Measured> {
    svg::measure(bytes)
}

#[cfg(test)]
mod tests;
