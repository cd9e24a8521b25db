//! PNG: the header, which is the first chunk or the file is none.

use super::numbers::{big, place};
use super::{Measured, tiff};

pub(super) fn measure(bytes: &[u8]) -> Option<Measured> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let header = Measured::still(big(bytes, 16, 4)?, big(bytes, 20, 4)?)?;
    Some(Measured { turned: exif(bytes).is_some_and(tiff::is_turned), ..header })
}

fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 8;
    loop {
        let length = big(bytes, at, 4).and_then(place)?;
        let body = at + 8;
        if bytes.get(at + 4..body)? == b"eXIf" {
            return bytes.get(body..body.checked_add(length)?);
        }
        // Behind the body stands its checksum.
        at = body.checked_add(length)?.checked_add(4)?;
    }
}
