//! Pictures that are made by arithmetic alone: functions of nothing, so that each is the same every time. A crate of its own, because
//! without optimisation they would take seconds (`profile.dev` in the workspace).

mod canvas;
mod card;
mod harbour;
mod noise;
mod shape;
mod still_life;
#[cfg(test)]
mod tests;

use canvas::Canvas;

/// A picture without alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Red, green and blue of each pixel (sRGB), row by row.
    pub samples: Vec<u8>,
}

/// A harbour at dusk.
#[must_use]
pub fn harbour() -> Drawing {
    done(&harbour::draw())
}

/// Fruit and a jug on a table.
#[must_use]
pub fn still_life() -> Drawing {
    done(&still_life::draw())
}

/// A card by which sharpness, colours and proportions are judged.
#[must_use]
pub fn card() -> Drawing {
    done(&card::draw())
}

fn done(canvas: &Canvas) -> Drawing {
    Drawing { width: canvas.width(), height: canvas.height(), samples: canvas.samples() }
}
