//! JPEG: baseline or progressive; colours at half their resolution below a quality of 90, as libvips has it.

use imcaxy_shared::jobs::Failure;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use super::super::output::Output;
use super::super::pixels::{Channels, Pixels};
use super::super::problem::{internal, unfit};
use super::Kept;

/// From this quality on colours keep their resolution (`jpegsave`).
const FULL_COLOUR: u8 = 90;
/// The most that one segment holds, without its length and the name in front of Exif.
const LONGEST_EXIF: usize = 65533 - 6;

/// Huffman tables stay the standard ones: with tables of its own this encoder writes scans that other decoders read wrong.
pub(super) fn encode(pixels: &Pixels, output: &Output, kept: &Kept) -> Result<Vec<u8>, Failure> {
    let (Ok(width), Ok(height)) = (u16::try_from(pixels.width()), u16::try_from(pixels.height())) else {
        return Err(unfit("the result is too large for JPEG, which has 65535 pixels a side at most"));
    };
    let color = match pixels.channels() {
        Channels::Grey => ColorType::Luma,
        Channels::Rgb => ColorType::Rgb,
        Channels::GreyAlpha | Channels::Rgba => return Err(internal("a JPEG was to have alpha")),
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, output.quality);
    encoder.set_sampling_factor(if output.quality < FULL_COLOUR {
        SamplingFactor::F_2_2
    } else {
        SamplingFactor::F_1_1
    });
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_progressive(output.interlace);
    let failed = |_| internal("a JPEG was not encoded");
    // What does not fit is left out: the picture is there without it.
    if let Some(exif) = kept.exif.as_deref().filter(|exif| exif.len() <= LONGEST_EXIF) {
        encoder.add_exif_metadata(exif).map_err(failed)?;
    }
    if let Some(profile) = &kept.profile {
        let _left_out = encoder.add_icc_profile(profile);
    }
    encoder.encode(pixels.samples(), width, height, color).map_err(failed)?;
    Ok(bytes)
}
