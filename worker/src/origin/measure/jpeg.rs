//! JPEG: the frame header, found as libjpeg finds it.

use super::numbers::{big, place};
use super::{Measured, tiff};

/// Reads markers until the first scan. As in libjpeg, bytes between segments are skipped, and so are fill bytes.
pub(super) fn measure(bytes: &[u8]) -> Option<Measured> {
    let mut found: Option<Measured> = None;
    let mut turned = false;
    let mut at = 2;
    while let Some((marker, segment)) = next_marker(bytes, at) {
        match marker {
            0x01 | 0xd0..=0xd7 => {
                at = segment;
                continue;
            }
            // The first scan, the end, or another beginning.
            0xd8..=0xda => break,
            _ => {}
        }
        let Some(length) = big(bytes, segment, 2).and_then(place).filter(|length| *length >= 2) else {
            break;
        };
        match marker {
            0xc4 | 0xc8 | 0xcc => {}
            // A second frame header is an error to libjpeg; were it none, the larger would count.
            0xc0..=0xcf => {
                let (height, width) = (big(bytes, segment + 3, 2)?, big(bytes, segment + 5, 2)?);
                let frame = Measured::still(width, height)?;
                found = Some(found.map_or(frame, |other| Measured {
                    extent: other.extent.or_larger(frame.extent),
                    ..frame
                }));
            }
            0xe1 => turned |= exif(bytes, segment, length).is_some_and(tiff::is_turned),
            _ => {}
        }
        at = segment + length;
    }
    found.map(|frame| Measured { turned, ..frame })
}

/// The next marker from `at` on, and where what belongs to it begins.
fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        at += bytes.get(at..)?.iter().position(|byte| *byte != 0xff)?;
        match bytes.get(at)? {
            0 => {}
            marker => return Some((*marker, at + 1)),
        }
    }
}

fn exif(bytes: &[u8], segment: usize, length: usize) -> Option<&[u8]> {
    let end = segment.checked_add(length)?.min(bytes.len());
    bytes.get(segment + 2..end)?.strip_prefix(b"Exif\0\0")
}
