//! Cutting out a part.

use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::Aim;

use super::super::pixels::Pixels;
use super::super::problem::unfit;
use super::whole;

/// The longest side that bimg cuts out (`MaxSize`).
const LONGEST: i64 = 16383;

/// The part of the sides aimed at, or what there is of it, at the side that `gravity` names; in the middle by default
/// (`calculateCrop`).
///
/// # Errors
/// It has sides that are too long.
pub(in super::super) fn crop(pixels: Pixels, aim: &Aim, gravity: Option<&str>) -> Result<Pixels, Failure> {
    let (across, down) = (side(pixels.width()), side(pixels.height()));
    let (width, height) = (whole(aim.width), whole(aim.height));
    if across <= width && down <= height {
        return Ok(pixels);
    }
    let middle = |there: i64, asked: i64| (there - asked + 1) / 2;
    let (left, top) = match gravity {
        Some("north") => (middle(across, width), 0),
        Some("east") => (across - width, middle(down, height)),
        Some("south") => (middle(across, width), down - height),
        Some("west") => (0, middle(down, height)),
        _ => (middle(across, width), middle(down, height)),
    };
    extract(&pixels, left.max(0), top.max(0), across.min(width), down.min(height))
}

/// The part of `width` and `height` pixels from `left` and `top` on.
///
/// # Errors
/// It does not lie within the picture, or has sides that are too long.
pub(in super::super) fn extract(
    pixels: &Pixels,
    left: i64,
    top: i64,
    width: i64,
    height: i64,
) -> Result<Pixels, Failure> {
    if width > LONGEST || height > LONGEST {
        return Err(unfit(format!("the part is {width}×{height}; allowed are {LONGEST} pixels a side")));
    }
    let outside = || {
        let (across, down) = (pixels.width(), pixels.height());
        unfit(format!(
            "the part of {width}×{height} at {left},{top} is not within the picture of {across}×{down}"
        ))
    };
    let channels = pixels.channels().count();
    let range = |from: i64, length: i64, there: usize| {
        let from = usize::try_from(from).ok()?;
        let end = from.checked_add(usize::try_from(length).ok()?)?;
        (end <= there).then_some(from..end)
    };
    let columns = range(left, width, pixels.width()).ok_or_else(outside)?;
    let rows = range(top, height, pixels.height()).ok_or_else(outside)?;
    let columns = columns.start * channels..columns.end * channels;
    let samples = pixels
        .rows()
        .skip(rows.start)
        .take(rows.len())
        .flat_map(|row| row.get(columns.clone()).unwrap_or_default())
        .copied()
        .collect();
    Pixels::new(columns.len() / channels, rows.len(), pixels.channels(), samples).ok_or_else(outside)
}

fn side(side: usize) -> i64 {
    i64::try_from(side).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::super::pixels::Channels;
    use super::*;

    fn picture() -> Pixels {
        Pixels::new(4, 3, Channels::Grey, (0..12).collect()).unwrap()
    }

    fn cropped(width: f64, height: f64, gravity: Option<&str>) -> Vec<u8> {
        let aim = Aim { width, height, factor: 1.0, alters: true, left_small: false };
        crop(picture(), &aim, gravity).unwrap().samples().to_vec()
    }

    #[test]
    fn a_part_lies_where_gravity_says() {
        assert_eq!(cropped(2.0, 1.0, None), [5, 6]);
        assert_eq!(cropped(2.0, 1.0, Some("north")), [1, 2]);
        assert_eq!(cropped(2.0, 1.0, Some("south")), [9, 10]);
        assert_eq!(cropped(2.0, 1.0, Some("east")), [6, 7]);
        assert_eq!(cropped(2.0, 1.0, Some("west")), [4, 5]);
        assert_eq!(cropped(9.0, 1.0, None), [4, 5, 6, 7]);
        assert_eq!(cropped(9.0, 9.0, None).len(), 12);
    }

    #[test]
    fn a_part_that_is_not_there_is_refused() {
        assert_eq!(extract(&picture(), 2, 1, 2, 2).unwrap().samples(), [6, 7, 10, 11]);
        for (left, top, width, height) in
            [(3, 0, 2, 1), (0, 0, 4, 4), (0, 0, 0, 1), (i64::MAX, 0, 1, 1), (0, 0, 20000, 1)]
        {
            assert!(extract(&picture(), left, top, width, height).is_err());
        }
    }
}
