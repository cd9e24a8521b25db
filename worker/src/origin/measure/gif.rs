//! GIF: the logical screen, every frame on it, and whether one of them lets something shine through.

use imcaxy_shared::request::Extent;

use super::Measured;
use super::numbers::{little, place};

pub(super) fn measure(bytes: &[u8], most: u64) -> Option<Measured> {
    let mut extent = Extent { width: little(bytes, 6, 2)?, height: little(bytes, 8, 2)? };
    let mut at = first_block(*bytes.get(10)?);
    let mut frames = 0;
    while frames <= most {
        match bytes.get(at) {
            // Its label, then blocks.
            Some(&EXTENSION) => at = after_blocks(bytes, at + 2),
            Some(&FRAME) => {
                let Some((right, bottom, data)) = frame(bytes, at + 1) else { break };
                frames += 1;
                extent = Extent { width: extent.width.max(right), height: extent.height.max(bottom) };
                at = after_blocks(bytes, data);
            }
            _ => break,
        }
    }
    let still = Measured::still(extent.width, extent.height)?;
    Some(Measured { frames: frames.max(1), ..still })
}

/// Whether a frame has a colour that is clear, as the extensions before frames say it.
pub(super) fn is_clear(bytes: &[u8]) -> bool {
    let Some(flags) = bytes.get(10) else { return false };
    let mut at = first_block(*flags);
    loop {
        match bytes.get(at..) {
            // Label, length, flags.
            Some([EXTENSION, CONTROL, _, flags, ..]) if flags & 1 == 1 => return true,
            Some([EXTENSION, ..]) => at = after_blocks(bytes, at + 2),
            Some([FRAME, ..]) => match frame(bytes, at + 1) {
                Some((_, _, data)) => at = after_blocks(bytes, data),
                None => return false,
            },
            _ => return false,
        }
    }
}

const EXTENSION: u8 = 0x21;
/// An extension's label: how the next frame is shown.
const CONTROL: u8 = 0xf9;
const FRAME: u8 = 0x2c;

/// Behind the screen and its colours, as the flags say.
fn first_block(flags: u8) -> usize {
    13 + colours(flags)
}

/// How far a frame reaches to the right and down, and where its blocks begin.
fn frame(bytes: &[u8], at: usize) -> Option<(u64, u64, usize)> {
    let right = little(bytes, at, 2)? + little(bytes, at + 4, 2)?;
    let bottom = little(bytes, at + 2, 2)? + little(bytes, at + 6, 2)?;
    // Behind its own colours stands the size of its codes.
    Some((right, bottom, at + 9 + colours(*bytes.get(at + 8)?) + 1))
}

/// The bytes of a colour table, as the flags before it say.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Blocks, each with its length before it, end with an empty one, or with the bytes.
fn after_blocks(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some(length) = little(bytes, at, 1).and_then(place) {
        at += 1 + length;
        if length == 0 {
            break;
        }
    }
    at
}
