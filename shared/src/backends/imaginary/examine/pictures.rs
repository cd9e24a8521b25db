//! Pictures of a few bytes.

use bytes::Bytes;

/// Colour type 0, grey, one bit a pixel (PNG, §11.2.1).
const GREY_ONE_BIT: [u8; 5] = [1, 0, 0, 0, 0];
/// The longest side that every decoder takes.
const LONGEST_SIDE: u64 = 30_000;

/// One black pixel.
pub(super) const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
/// One square of one unit.
pub(super) const SVG: &[u8] =
    b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><rect width=\"1\" height=\"1\"/></svg>";

/// A black square.
pub(super) fn square() -> Bytes {
    // Each row is a byte that says how it is filtered, and one of eight pixels.
    png(8, 8, 16)
}

/// A PNG that says that it has so many pixels, or a few less; only its head can be read.
pub(super) fn head_of_png(pixels: u64) -> Bytes {
    let width = pixels.isqrt().clamp(1, LONGEST_SIDE);
    let height = (pixels / width).clamp(1, LONGEST_SIDE);
    png(u32::try_from(width).unwrap_or(1), u32::try_from(height).unwrap_or(1), 1)
}

/// A grey PNG that says that it has these sides, and has so many bytes of zeros.
fn png(width: u32, height: u32, zeros: u16) -> Bytes {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in
        [(b"IHDR", [&sides[..], &GREY_ONE_BIT].concat()), (b"IDAT", stored(zeros)), (b"IEND", Vec::new())]
    {
        let named = [&name[..], &body].concat();
        png.extend(u32::try_from(body.len()).unwrap_or_default().to_be_bytes());
        png.extend(&named);
        png.extend(crc(&named).to_be_bytes());
    }
    png.into()
}

/// Zeros in a zlib stream of one block that is stored as it is (RFC 1950, RFC 1951 §3.2.4).
fn stored(zeros: u16) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01, 1];
    stream.extend(zeros.to_le_bytes());
    stream.extend((!zeros).to_le_bytes());
    stream.extend(vec![0; usize::from(zeros)]);
    // Adler-32 of zeros: the sum of the bytes, and one, is one; and that as often as there are bytes.
    stream.extend(zeros.to_be_bytes());
    stream.extend([0, 1]);
    stream
}

/// PNG's check of a chunk (PNG, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_that_of_png() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn zeros_are_stored_with_their_length_and_sum() {
        assert_eq!(stored(2), [0x78, 0x01, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1]);
    }

    #[test]
    fn a_head_says_as_many_pixels_as_it_should_and_not_more() {
        for (pixels, sides) in
            [(50_000_000, (7071, 7071)), (1, (1, 1)), (0, (1, 1)), (u64::MAX, (30_000, 30_000))]
        {
            let png = head_of_png(pixels);
            let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
            assert_eq!((side(16), side(20)), sides, "{pixels}");
        }
    }
}
