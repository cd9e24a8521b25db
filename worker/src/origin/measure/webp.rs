//! WebP: the canvas, and every picture that is drawn on it.

use imcaxy_shared::request::Extent;

use super::numbers::{little, place};
use super::{Measured, tiff};

pub(super) fn measure(bytes: &[u8], most: u64) -> Option<Measured> {
    let mut extent = Extent { width: 0, height: 0 };
    let (mut frames, mut turned) = (0, false);
    let mut at = 12;
    while let Some((name, body, next)) = chunk(bytes, at) {
        let size = match name {
            b"VP8X" => Some((little(body, 4, 3)? + 1, little(body, 7, 3)? + 1)),
            b"ANMF" => {
                frames += 1;
                Some((little(body, 6, 3)? + 1, little(body, 9, 3)? + 1))
            }
            // Fourteen bits each; the two above say how it would be scaled, which no decoder does.
            b"VP8 " => Some((little(body, 6, 2)? & 0x3fff, little(body, 8, 2)? & 0x3fff)),
            b"VP8L" => {
                let bits = little(body, 1, 4)?;
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            b"EXIF" => {
                turned |= tiff::is_turned(body.strip_prefix(b"Exif\0\0").unwrap_or(body));
                None
            }
            _ => None,
        };
        if let Some((width, height)) = size {
            extent = Extent { width: extent.width.max(width), height: extent.height.max(height) };
        }
        if frames > most {
            break;
        }
        at = next;
    }
    let still = Measured::still(extent.width, extent.height)?;
    Some(Measured { frames: frames.max(1), turned, ..still })
}

/// Whether every chunk ends within the file: a decoder may make room for what a chunk only says that it has.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 12;
    while let Some((_, body, next)) = chunk(bytes, at) {
        if little(bytes, at + 4, 4).and_then(place) != Some(body.len()) {
            return false;
        }
        at = next;
    }
    true
}

/// The name and body of the chunk at `at`, as much of it as there is, and where the next one begins.
fn chunk(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8], usize)> {
    let name = bytes.get(at..at + 4)?;
    let length = little(bytes, at + 4, 4).and_then(place)?;
    let body = at + 8;
    let end = body.checked_add(length)?;
    Some((name, bytes.get(body..end.min(bytes.len()))?, end.checked_add(length % 2)?))
}
