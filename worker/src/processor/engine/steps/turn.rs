//! Turning by quarters and mirroring: no sample changes.

use imcaxy_shared::request::Extent;

use super::super::pixels::Pixels;

/// Quarters clockwise, then left and right exchanged, then top and bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Turn {
    quarters: u8,
    flip: bool,
    flop: bool,
}

impl Turn {
    /// Nothing is turned.
    pub(in super::super) const NONE: Self = Self { quarters: 0, flip: false, flop: false };

    /// What sets up a picture of an Exif orientation (`calculateRotationAndFlip`).
    pub(in super::super) const fn of_orientation(orientation: Option<u8>) -> Self {
        let (quarters, flip) = match orientation {
            Some(2) => (0, true),
            Some(3) => (2, false),
            Some(4) => (2, true),
            Some(5) => (1, true),
            Some(6) => (1, false),
            Some(7) => (3, true),
            Some(8) => (3, false),
            _ => (0, false),
        };
        Self { quarters, flip, flop: false }
    }

    /// With so many quarters instead, if there are any.
    pub(in super::super) const fn quarters(self, quarters: u8) -> Self {
        if quarters == 0 { self } else { Self { quarters: quarters % 4, ..self } }
    }

    /// Mirrored left to right, if `also`, whatever it is already.
    pub(in super::super) const fn flipped(self, also: bool) -> Self {
        Self { flip: self.flip || also, ..self }
    }

    /// Mirrored top to bottom, if `also`.
    pub(in super::super) const fn flopped(self, also: bool) -> Self {
        Self { flop: self.flop || also, ..self }
    }

    /// The sides of a picture once it is turned.
    pub(in super::super) const fn turned(self, extent: Extent) -> Extent {
        if self.quarters % 2 == 1 { extent.on_its_side() } else { extent }
    }

    /// The picture, turned.
    pub(in super::super) fn apply(self, pixels: Pixels) -> Pixels {
        // A half turn is both mirrors; a quarter is the diagonal and one of them, three are the diagonal and the other.
        let diagonal = self.quarters % 2 == 1;
        let (flip, flop) = match self.quarters {
            1 => (true, false),
            2 => (true, true),
            3 => (false, true),
            _ => (false, false),
        };
        let (flip, flop) = (flip != self.flip, flop != self.flop);
        let pixels = if diagonal { transposed(&pixels) } else { pixels };
        if flip || flop { mirrored(&pixels, flip, flop) } else { pixels }
    }
}

/// How many rows are read at a time, so that what is read of each stays in the processor's cache.
const BAND: usize = 32;

/// Columns become rows.
fn transposed(pixels: &Pixels) -> Pixels {
    let channels = pixels.channels().count();
    let (width, height) = (pixels.width(), pixels.height());
    let mut samples = vec![0; pixels.samples().len()];
    for (band, first) in pixels.samples().chunks(width * channels * BAND).zip((0..).step_by(BAND)) {
        for (column, to) in samples.chunks_exact_mut(height * channels).enumerate() {
            let from = band.chunks_exact(width * channels);
            let to = to.get_mut(first * channels..).unwrap_or_default();
            for (row, to) in from.zip(to.chunks_exact_mut(channels)) {
                if let Some(pixel) = row.get(column * channels..(column + 1) * channels) {
                    to.copy_from_slice(pixel);
                }
            }
        }
    }
    Pixels::new(height, width, pixels.channels(), samples).unwrap_or_else(|| pixels.clone())
}

fn mirrored(pixels: &Pixels, flip: bool, flop: bool) -> Pixels {
    let channels = pixels.channels().count();
    let mut samples = Vec::with_capacity(pixels.samples().len());
    let mut add = |row: &[u8]| {
        if flip {
            row.chunks_exact(channels).rev().for_each(|pixel| samples.extend_from_slice(pixel));
        } else {
            samples.extend_from_slice(row);
        }
    };
    if flop {
        pixels.rows().rev().for_each(&mut add)
    } else {
        pixels.rows().for_each(&mut add)
    }
    Pixels::new(pixels.width(), pixels.height(), pixels.channels(), samples).unwrap_or_else(|| pixels.clone())
}

#[cfg(test)]
mod tests {
    use super::super::super::pixels::Channels;
    use super::*;

    /// ```text
    /// 1 2 3
    /// 4 5 6
    /// ```
    fn apply(turn: Turn) -> (usize, Vec<u8>) {
        let pixels = Pixels::new(3, 2, Channels::Grey, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let turned = turn.apply(pixels);
        (turned.width(), turned.samples().to_vec())
    }

    #[test]
    fn each_orientation_is_set_up() {
        for (orientation, width, samples) in [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ] {
            let turn = Turn::of_orientation(Some(orientation));
            assert_eq!(apply(turn), (width, samples.to_vec()), "{orientation}");
        }
    }

    #[test]
    fn it_is_turned_clockwise_before_it_is_mirrored() {
        assert_eq!(apply(Turn::NONE.quarters(1)), (2, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(apply(Turn::NONE.quarters(1).flipped(true)), (2, vec![1, 4, 2, 5, 3, 6]));
        assert_eq!(apply(Turn::NONE.quarters(3).flopped(true)), (2, vec![1, 4, 2, 5, 3, 6]));
        assert_eq!(apply(Turn::NONE.flipped(true).flopped(true)), (3, vec![6, 5, 4, 3, 2, 1]));
    }

    #[test]
    fn a_picture_higher_than_a_band_is_turned_whole() {
        let samples: Vec<u8> = (0..200).collect();
        let pixels = Pixels::new(2, 100, Channels::Grey, samples.clone()).unwrap();
        let turned = Turn::NONE.quarters(1).apply(pixels);
        assert_eq!(turned.rows().next().unwrap().first(), samples.get(198));
        assert_eq!(Turn::NONE.quarters(3).apply(turned).samples(), samples);
    }
}
