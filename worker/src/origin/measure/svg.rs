//! SVG: what its root element says of its size. Entities and references are text here: nothing is looked up.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Measured;

pub(super) fn measure(bytes: &[u8]) -> Option<Measured> {
    let mut reader = Reader::from_reader(bytes);
    loop {
        match reader.read_event().ok()? {
            Event::Start(root) | Event::Empty(root) => return size(&root),
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn size(root: &BytesStart<'_>) -> Option<Measured> {
    if root.local_name().as_ref() != "svg" {
        return None;
    }
    let text = |name: &str| -> Option<String> {
        let attribute = root.try_get_attribute(name).ok()??;
        Some(attribute.value.trim().to_owned())
    };
    // A length in per cent is one of the view.
    let length = |name| text(name).filter(|text| !text.ends_with('%'));
    let view = text("viewBox").and_then(|text| view(&text));
    let (width, height) = match (length("width"), length("height")) {
        (Some(width), Some(height)) => (pixels(&width)?, pixels(&height)?),
        (Some(width), None) => {
            let (width, (across, down)) = (pixels(&width)?, view?);
            (width, width * down / across)
        }
        (None, Some(height)) => {
            let (height, (across, down)) = (pixels(&height)?, view?);
            (height * across / down, height)
        }
        (None, None) => view?,
    };
    Measured::still(whole(width)?, whole(height)?)
}

/// Width and height of a `viewBox`: the last two of four numbers.
fn view(text: &str) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = text
        .split([' ', ',', '\t', '\n', '\r'])
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    match numbers.as_slice() {
        [_, _, width, height] if *width > 0.0 && *height > 0.0 => Some((*width, *height)),
        _ => None,
    }
}

/// A length in pixels, of which an inch has 96.
fn pixels(length: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("px", 1.0),
        ("pt", 96.0 / 72.0),
        ("pc", 16.0),
        ("in", 96.0),
        ("cm", 96.0 / 2.54),
        ("mm", 96.0 / 25.4),
        ("em", 16.0),
        ("ex", 16.0),
    ];
    let found = UNITS.iter().find_map(|(unit, size)| Some((length.strip_suffix(unit)?, *size)));
    let (number, size) = found.unwrap_or((length, 1.0));
    Some(number.trim().parse::<f64>().ok()? * size)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and what a u64 holds"
)]
fn whole(length: f64) -> Option<u64> {
    const MOST: f64 = 1e15;
    (length > 0.0).then(|| length.min(MOST).ceil() as u64)
}
