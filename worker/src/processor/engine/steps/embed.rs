//! Laying a picture in the middle of a canvas.

use imcaxy_shared::request::{Param, Params};

use super::super::pixels::{Channels, Pixels};
use super::colour::coloured;

/// What a canvas shows beside the picture (`extend`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Edge {
    /// Its edges, drawn out.
    Copy,
    /// The picture again and again, every second one mirrored.
    Mirror,
    /// 0 in every sample, alpha included.
    Black,
    /// 255 in every sample.
    White,
    /// A colour; nothing of it is seen where there is alpha.
    Background([u8; 3]),
}

impl Edge {
    /// What is asked for; copies by default.
    pub(in super::super) fn of(params: &Params) -> Self {
        match params.text(Param::Extend) {
            Some("black") => Self::Black,
            Some("white") => Self::White,
            Some("mirror") => Self::Mirror,
            Some("background") => Self::Background(params.colour(Param::Background).unwrap_or_default()),
            _ => Self::Copy,
        }
    }
}

/// The picture in the middle of a canvas of `width` and `height` pixels; what does not fit is cut away.
pub(in super::super) fn embed(pixels: Pixels, width: i64, height: i64, edge: Edge) -> Pixels {
    let (across, down) = (side(pixels.width()), side(pixels.height()));
    if (across, down) == (width, height) {
        return pixels;
    }
    // A colour needs channels for it.
    let pixels = match edge {
        Edge::Background([red, green, blue]) if red != green || green != blue => coloured(&pixels),
        _ => pixels,
    };
    let channels = pixels.channels();
    let ground = ground(edge, channels);
    let places = |length: i64, there: i64| {
        let before = (length - there) / 2;
        (0..length).map(move |at| place(at - before, there, edge)).collect::<Vec<_>>()
    };
    let (columns, rows) = (places(width, across), places(height, down));
    let source: Vec<&[u8]> = pixels.rows().collect();
    let mut samples = Vec::with_capacity(columns.len() * rows.len() * channels.count());
    for row in &rows {
        let row = row.and_then(|row| source.get(row));
        for column in &columns {
            let pixel =
                row.zip(*column).and_then(|(row, column)| row.chunks_exact(channels.count()).nth(column));
            samples.extend_from_slice(pixel.unwrap_or(&ground));
        }
    }
    Pixels::new(columns.len(), rows.len(), channels, samples).unwrap_or(pixels)
}

/// Where in the picture a place of the canvas takes its pixel from, counted from the picture's edge.
fn place(at: i64, there: i64, edge: Edge) -> Option<usize> {
    let found = match edge {
        Edge::Copy => at.clamp(0, there - 1),
        Edge::Mirror => {
            let at = at.rem_euclid(there * 2);
            at.min(there * 2 - 1 - at)
        }
        Edge::Black | Edge::White | Edge::Background(_) if (0..there).contains(&at) => at,
        Edge::Black | Edge::White | Edge::Background(_) => return None,
    };
    usize::try_from(found).ok()
}

fn ground(edge: Edge, channels: Channels) -> Vec<u8> {
    let every = |sample| vec![sample; channels.count()];
    match (edge, channels) {
        (Edge::White, _) => every(255),
        (Edge::Background([red, ..]), Channels::Grey) => vec![red],
        (Edge::Background([red, ..]), Channels::GreyAlpha) => vec![red, 0],
        (Edge::Background(colour), Channels::Rgb) => colour.to_vec(),
        (Edge::Background([red, green, blue]), Channels::Rgba) => vec![red, green, blue, 0],
        (Edge::Copy | Edge::Mirror | Edge::Black, _) => every(0),
    }
}

fn side(side: usize) -> i64 {
    i64::try_from(side).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(edge: Edge, channels: Channels, samples: &[u8], width: i64) -> Vec<u8> {
        let pixels = Pixels::new(samples.len() / channels.count(), 1, channels, samples.to_vec()).unwrap();
        embed(pixels, width, 1, edge).samples().to_vec()
    }

    #[test]
    fn each_edge_goes_on_in_its_own_way() {
        let grey = |edge| laid(edge, Channels::Grey, &[1, 2, 3], 8);
        assert_eq!(grey(Edge::Copy), [1, 1, 1, 2, 3, 3, 3, 3]);
        assert_eq!(grey(Edge::Mirror), [2, 1, 1, 2, 3, 3, 2, 1]);
        assert_eq!(grey(Edge::Black), [0, 0, 1, 2, 3, 0, 0, 0]);
        assert_eq!(grey(Edge::White), [255, 255, 1, 2, 3, 255, 255, 255]);
        assert_eq!(
            laid(Edge::Background([7, 8, 9]), Channels::Rgba, &[1, 2, 3, 4], 2),
            [1, 2, 3, 4, 7, 8, 9, 0]
        );
        assert_eq!(laid(Edge::Background([7, 8, 9]), Channels::Grey, &[1], 2), [1, 1, 1, 7, 8, 9]);
    }

    #[test]
    fn what_does_not_fit_is_cut_away_on_both_sides() {
        assert_eq!(laid(Edge::Copy, Channels::Grey, &[1, 2, 3, 4, 5], 3), [2, 3, 4]);
    }
}
