//! A picture in memory: rows from top to bottom, eight bits a sample.

use imcaxy_shared::request::Extent;

/// Which samples a pixel has. Its discriminant is their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channels {
    Grey = 1,
    GreyAlpha = 2,
    Rgb = 3,
    Rgba = 4,
}

impl Channels {
    /// Samples a pixel.
    pub(super) const fn count(self) -> usize {
        self as usize
    }

    /// Whether the last one is alpha.
    pub(super) const fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// A picture of at least one pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    width: usize,
    height: usize,
    channels: Channels,
    samples: Vec<u8>,
}

impl Pixels {
    /// A picture; `None` where there is no pixel, or not the number of samples that its sides have.
    pub(super) fn new(width: usize, height: usize, channels: Channels, samples: Vec<u8>) -> Option<Self> {
        let needed = width.checked_mul(height)?.checked_mul(channels.count())?;
        (needed > 0 && samples.len() == needed).then_some(Self { width, height, channels, samples })
    }

    /// Pixels from left to right.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub(super) const fn height(&self) -> usize {
        self.height
    }

    /// Its sides.
    pub(super) const fn extent(&self) -> Extent {
        Extent { width: self.width as u64, height: self.height as u64 }
    }

    /// What its pixels have.
    pub(super) const fn channels(&self) -> Channels {
        self.channels
    }

    /// All samples, row by row.
    pub(super) fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// Rows from top to bottom.
    pub(super) fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.samples.chunks_exact(self.width * self.channels.count())
    }

    /// Pixels, row by row.
    pub(super) fn pixels(&self) -> std::slice::ChunksExact<'_, u8> {
        self.samples.chunks_exact(self.channels.count())
    }

    /// The picture with other samples for each pixel: `convert` is given one's and adds one's of `channels`.
    pub(super) fn map(&self, channels: Channels, mut convert: impl FnMut(&[u8], &mut Vec<u8>)) -> Self {
        let mut samples = Vec::with_capacity(self.width * self.height * channels.count());
        for pixel in self.pixels() {
            convert(pixel, &mut samples);
        }
        debug_assert_eq!(samples.len(), self.width * self.height * channels.count());
        Self { channels, samples, ..*self }
    }
}
