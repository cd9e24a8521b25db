//! JPEG, decoded at a half, a quarter or an eighth of its sides where no more is needed.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Extent;
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

use super::super::pixels::{Channels, Pixels};
use super::super::problem::{broken, internal, unfit};
use super::{Colours, Headers, Reduction};

const NAME: &str = "JPEG";

/// How long decoding may take: each of many scans goes over all of the picture.
const DECODING: Duration = Duration::from_secs(15);
/// Reads between two looks at the clock.
const READS: u32 = 256;

/// Bytes that end when time is up.
struct Timely<'a> {
    bytes: &'a [u8],
    until: Instant,
    reads: u32,
}

impl Read for Timely<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads = self.reads.wrapping_add(1);
        if self.reads.is_multiple_of(READS) && Instant::now() > self.until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "decoding it takes too long"));
        }
        self.bytes.read(into)
    }
}

pub(super) fn headers(bytes: &[u8]) -> Result<Headers, Failure> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(|cause| broken(NAME, cause))?;
    let info = decoder.info().ok_or_else(|| broken(NAME, "it has no frame"))?;
    if info.coding_process == CodingProcess::Lossless {
        return Err(Failure::new(
            FailureCode::UnsupportedType,
            "the source is a lossless JPEG, which the built-in engine does not read",
        ));
    }
    let (space, channels) = match info.pixel_format {
        PixelFormat::L8 => ("b-w", 1),
        PixelFormat::L16 => ("grey16", 1),
        PixelFormat::RGB24 => ("srgb", 3),
        PixelFormat::CMYK32 => ("cmyk", 4),
    };
    Ok(Headers {
        extent: Extent { width: info.width.into(), height: info.height.into() },
        colours: Colours { space, channels, alpha: false },
        profile: decoder.icc_profile(),
        exif: decoder.exif_data().map(<[u8]>::to_vec),
        progressive: info.coding_process == CodingProcess::DctProgressive,
    })
}

pub(super) fn decode(bytes: &[u8], stored: Extent, reduction: Reduction) -> Result<Pixels, Failure> {
    let mut decoder = Decoder::new(Timely { bytes, until: Instant::now() + DECODING, reads: 0 });
    let reduced = |side: u64| u16::try_from(side.div_ceil(u64::from(reduction.by())));
    let (Ok(width), Ok(height)) = (reduced(stored.width), reduced(stored.height)) else {
        return Err(unfit("a JPEG has sides of 65535 pixels at most"));
    };
    // Where nothing is reduced it is not asked: it would take what is enough in one direction alone.
    if reduction != Reduction::NONE {
        let scaled = decoder.scale(width, height).map_err(|cause| broken(NAME, cause))?;
        if scaled != (width, height) {
            return Err(internal("a JPEG is not reduced to the sides that were asked for"));
        }
    }
    let samples = decoder.decode().map_err(|cause| broken(NAME, cause))?;
    let format = decoder.info().map(|info| info.pixel_format);
    let (channels, samples) = match format {
        Some(PixelFormat::L8) => (Channels::Grey, samples),
        // The upper half of each: big ones come first in memory order of this machine's kind.
        Some(PixelFormat::L16) => (Channels::Grey, upper_halves(&samples)),
        Some(PixelFormat::CMYK32) => (Channels::Rgb, printed(&samples)),
        _ => (Channels::Rgb, samples),
    };
    Pixels::new(width.into(), height.into(), channels, samples)
        .ok_or_else(|| broken(NAME, "its pixels are not as many as its header says"))
}

fn upper_halves(samples: &[u8]) -> Vec<u8> {
    samples.as_chunks().0.iter().map(|sample| u16::from_ne_bytes(*sample).to_be_bytes()[0]).collect()
}

/// Inks on white paper: no profile is followed.
fn printed(samples: &[u8]) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<4>();
    let light = |ink: u8, black: u8| {
        let product = u16::from(u8::MAX - ink) * u16::from(u8::MAX - black);
        u8::try_from(product / u16::from(u8::MAX)).unwrap_or(u8::MAX)
    };
    pixels
        .iter()
        .flat_map(|[cyan, magenta, yellow, black]| {
            [light(*cyan, *black), light(*magenta, *black), light(*yellow, *black)]
        })
        .collect()
}
