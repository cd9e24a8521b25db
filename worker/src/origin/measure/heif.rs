//! HEIF: the largest of the extents that it gives its items, the picture's tiles and thumbnails among them.

use imcaxy_shared::request::Extent;

use super::Measured;
use super::numbers::{big, place};

pub(super) fn measure(bytes: &[u8]) -> Option<Measured> {
    let mut extent = Extent { width: 0, height: 0 };
    let mut turned = false;
    let properties = inside(bytes, b"meta")
        // What `meta` holds follows its version.
        .filter_map(|meta| meta.get(4..))
        .flat_map(|meta| inside(meta, b"iprp"))
        .flat_map(|properties| inside(properties, b"ipco"));
    for (name, body) in properties.flat_map(boxes) {
        match name {
            b"ispe" => {
                let item = Extent { width: big(body, 4, 4)?, height: big(body, 8, 4)? };
                extent = extent.or_larger(item);
            }
            // In quarters of a circle.
            b"irot" => turned |= body.first().is_some_and(|quarters| quarters & 1 == 1),
            _ => {}
        }
    }
    let still = Measured::still(extent.width, extent.height)?;
    Some(Measured { turned, ..still })
}

/// What the boxes of one name hold.
fn inside<'a>(bytes: &'a [u8], name: &'static [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    boxes(bytes).filter(move |(found, _)| *found == name).map(|(_, body)| body)
}

/// The boxes that stand one behind the other, each with its name.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let name = rest.get(4..8)?.first_chunk()?;
        let (head, length) = match big(rest, 0, 4)? {
            // It goes on to the end.
            0 => (8, rest.len()),
            1 => (16, big(rest, 8, 8).and_then(place)?),
            length => (8, place(length)?),
        };
        let body = rest.get(head..length.min(rest.len()))?;
        rest = rest.get(length..).unwrap_or_default();
        Some((name, body))
    })
}
