//! Decoded pictures, and how alike they are.

use std::io::Cursor;

use image::{ImageFormat, RgbImage, RgbaImage};
use jpeg_decoder::{Decoder, PixelFormat};

use super::made::Made;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels(RgbaImage);

impl Pixels {
    /// Decodes a result; `None` for what is no picture or a broken one. JPEG is decoded by another crate than the rest: the one for
    /// all types reads some valid JPEGs wrong.
    #[must_use]
    pub fn of(made: &Made) -> Option<Self> {
        let format = ImageFormat::from_mime_type(&made.content_type)?;
        if format == ImageFormat::Jpeg {
            return of_jpeg(&made.bytes);
        }
        let decoded = image::load(Cursor::new(&made.bytes), format).ok()?;
        Some(Self(decoded.into_rgba8()))
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn sides(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Whether no pixel lets anything shine through.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.0.pixels().all(|pixel| pixel.0[3] == u8::MAX)
    }

    /// The likeness of two pictures in decibels (peak signal to noise ratio of all samples), each on black or on white, whichever shows
    /// more of a difference; infinite where there is none, 0 where their sides differ.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f64 {
        if self.sides() != other.sides() {
            return 0.0;
        }
        let on = |ground| self.likeness_on(other, ground);
        if self.is_opaque() && other.is_opaque() { on(0) } else { on(0).min(on(u8::MAX)) }
    }

    fn likeness_on(&self, other: &Self, ground: u8) -> f64 {
        let over = |colour: u8, alpha: u8| {
            let alpha = f64::from(alpha) / 255.0;
            f64::from(colour) * alpha + f64::from(ground) * (1.0 - alpha)
        };
        let mut squares = 0.0;
        for (one, other) in self.0.pixels().zip(other.0.pixels()) {
            let ([colours @ .., alpha], [others @ .., other_alpha]) = (one.0, other.0);
            for (colour, other) in colours.into_iter().zip(others) {
                squares += (over(colour, alpha) - over(other, other_alpha)).powi(2);
            }
        }
        let (width, height) = self.sides();
        let samples = f64::from(width) * f64::from(height) * 3.0;
        if squares == 0.0 { f64::INFINITY } else { 10.0 * (255.0 * 255.0 * samples / squares).log10() }
    }
}

fn of_jpeg(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = Decoder::new(bytes);
    let samples = decoder.decode().ok()?;
    let info = decoder.info()?;
    let samples = match info.pixel_format {
        PixelFormat::RGB24 => samples,
        PixelFormat::L8 => samples.into_iter().flat_map(|grey| [grey; 3]).collect(),
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    let decoded = RgbImage::from_raw(info.width.into(), info.height.into(), samples)?;
    Some(Pixels(image::DynamicImage::from(decoded).into_rgba8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_pixel(pixel: [u8; 4]) -> Pixels {
        Pixels(RgbaImage::from_pixel(1, 1, image::Rgba(pixel)))
    }

    #[test]
    fn what_differs_everywhere_by_everything_has_no_likeness() {
        let [black, white] = [[0, 0, 0, 255], [255; 4]].map(one_pixel);
        assert!(black.likeness(&white).abs() < 1e-9);
        assert!(black.likeness(&black).is_infinite());
        let grey = one_pixel([1, 1, 1, 255]);
        assert!((black.likeness(&grey) - 48.13).abs() < 0.01);
    }

    #[test]
    fn what_shines_through_counts_on_every_ground() {
        let [clear, black] = [[0; 4], [0, 0, 0, 255]].map(one_pixel);
        assert!(clear.likeness(&black).abs() < 1e-9);
        assert!(clear.likeness(&one_pixel([200, 10, 20, 0])).is_infinite());
    }
}
