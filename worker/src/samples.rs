//! The samples as JPEGs.

use bytes::Bytes;
use imcaxy_drawings::{card, harbour, still_life};
use imcaxy_shared::jobs::Failure;
use imcaxy_shared::samples::Sample;

use crate::processor::engine;

/// From 1 to 100: nothing is seen of it, and each has less than 250 kB.
const QUALITY: u8 = 85;

/// Draws a sample, 1600 to 1067 pixels, with the engine's encoder. It keeps a thread busy for about a tenth of a second.
///
/// # Errors
/// It is too large for a JPEG, which none is.
pub fn draw(sample: Sample) -> Result<Bytes, Failure> {
    let drawn = match sample {
        Sample::Harbour => harbour(),
        Sample::StillLife => still_life(),
        Sample::Card => card(),
    };
    engine::jpeg(drawn.width, drawn.height, drawn.samples, QUALITY)
}

#[cfg(test)]
mod tests {
    use jpeg_decoder::Decoder;

    use super::*;

    #[test]
    fn each_is_a_jpeg_the_same_every_time_and_not_large() {
        for sample in Sample::ALL {
            let drawn = draw(sample).unwrap();
            assert_eq!(drawn, draw(sample).unwrap(), "{sample:?}");
            let mut decoder = Decoder::new(&*drawn);
            decoder.read_info().unwrap();
            let info = decoder.info().unwrap();
            assert_eq!((info.width, info.height), (1600, 1067), "{sample:?}");
            assert!((50_000..250_000).contains(&drawn.len()), "{sample:?} has {} bytes", drawn.len());
        }
    }
}
