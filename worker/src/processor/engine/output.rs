//! How a result is encoded, as asked for: defaults and odd values as imaginary has them.

use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::{Operation, Param, Params};

use super::decode::Format;
use super::problem::unfit;

/// imaginary's default, and what libvips makes of a value that it does not take.
const QUALITY: u8 = 75;
/// As above, for zlib.
const COMPRESSION: u8 = 6;

/// How a result is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// Its type; never GIF.
    pub(super) format: Format,
    /// Of JPEG and WebP, from 1 to 100.
    pub(super) quality: u8,
    /// Of PNG, from 1 to 9.
    pub(super) compression: u8,
    /// Whether a JPEG is progressive.
    pub(super) interlace: bool,
    /// Whether it has no colours (`colorspace=bw`).
    pub(super) grey: bool,
    /// Whether the source's colour profile is kept.
    pub(super) profile: bool,
    /// Whether the source's Exif is kept.
    pub(super) exif: bool,
}

impl Output {
    /// What is asked for, of a source of type `source`. `autorotate` reads no parameters.
    ///
    /// # Errors
    /// The result would be a GIF.
    pub(super) fn of(operation: Operation, params: &Params, source: Format) -> Result<Self, Failure> {
        let nothing = Params::default();
        let params = if operation == Operation::AutoRotate { &nothing } else { params };
        let format = params.text(Param::Type).and_then(Format::from_name).unwrap_or(source);
        if format == Format::Gif {
            return Err(unfit("a GIF cannot be written; add type=jpeg, png, webp or tiff"));
        }
        let within = |param, most: u8, default: u8| {
            u8::try_from(params.whole(param))
                .ok()
                .filter(|value| (1..=most).contains(value))
                .unwrap_or(default)
        };
        let stripped = params.flag(Param::StripMeta);
        Ok(Self {
            format,
            quality: within(Param::Quality, 100, QUALITY),
            compression: within(Param::Compression, 9, COMPRESSION),
            interlace: params.flag(Param::Interlace),
            grey: params.text(Param::Colorspace) == Some("bw"),
            profile: !stripped && !params.flag(Param::NoProfile),
            exif: !stripped,
        })
    }
}
