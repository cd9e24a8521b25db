//! WebP, lossy, with its metadata in the extended container (RFC 9649, section 2.7).

use imcaxy_shared::jobs::Failure;
use webp::Encoder;

use super::super::output::Output;
use super::super::pixels::{Channels, Pixels};
use super::super::problem::{internal, unfit};
use super::{Kept, sides};

/// The longest side (RFC 9649, section 2.5).
const LONGEST: u32 = 16383;

pub(super) fn encode(pixels: &Pixels, output: &Output, kept: &Kept) -> Result<Vec<u8>, Failure> {
    let (width, height) = sides(pixels)?;
    if width > LONGEST || height > LONGEST {
        return Err(unfit(format!(
            "the result is {width}×{height}; a WebP has {LONGEST} pixels a side at most"
        )));
    }
    let encoder = match pixels.channels() {
        Channels::Rgb => Encoder::from_rgb(pixels.samples(), width, height),
        Channels::Rgba => Encoder::from_rgba(pixels.samples(), width, height),
        Channels::Grey | Channels::GreyAlpha => return Err(internal("a WebP was to have no colours")),
    };
    let plain = encoder
        .encode_simple(false, f32::from(output.quality))
        .map_err(|_| internal("a WebP was not encoded"))?;
    Ok(contained(&plain, width, height, pixels.channels().has_alpha(), kept)
        .unwrap_or_else(|| plain.to_vec()))
}

const PROFILE: u8 = 0b10_0000;
const ALPHA: u8 = 0b1_0000;
const EXIF: u8 = 0b1000;

/// The picture with what is kept around it; `None` where nothing is.
fn contained(plain: &[u8], width: u32, height: u32, alpha: bool, kept: &Kept) -> Option<Vec<u8>> {
    if kept.profile.is_none() && kept.exif.is_none() {
        return None;
    }
    // RIFF, a size, WEBP; with alpha the encoder has written such a head itself.
    let mut image = plain.get(12..)?;
    if let Some(after) = image.strip_prefix(b"VP8X") {
        image = after.get(4 + 10..)?;
    }
    let flag = |set, flag| if set { flag } else { 0 };
    let flags = flag(kept.profile.is_some(), PROFILE) | flag(alpha, ALPHA) | flag(kept.exif.is_some(), EXIF);
    let mut head = vec![flags, 0, 0, 0];
    for side in [width, height] {
        head.extend_from_slice(side.checked_sub(1)?.to_le_bytes().first_chunk::<3>()?);
    }
    let mut body = b"WEBP".to_vec();
    chunk(&mut body, b"VP8X", &head)?;
    if let Some(profile) = &kept.profile {
        chunk(&mut body, b"ICCP", profile)?;
    }
    body.extend_from_slice(image);
    if let Some(exif) = &kept.exif {
        chunk(&mut body, b"EXIF", exif)?;
    }
    let mut whole = Vec::with_capacity(body.len() + 8);
    chunk(&mut whole, b"RIFF", &body)?;
    Some(whole)
}

/// Adds a chunk: name, length, content, and a byte where the length is odd.
fn chunk(to: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) -> Option<()> {
    to.extend_from_slice(name);
    to.extend_from_slice(&u32::try_from(content.len()).ok()?.to_le_bytes());
    to.extend_from_slice(content);
    if content.len() % 2 == 1 {
        to.push(0);
    }
    Some(())
}
