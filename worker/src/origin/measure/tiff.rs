//! TIFF: every page. And what Exif, which is TIFF, says of the way a picture lies.

use std::collections::HashSet;

use imcaxy_shared::request::Extent;

use super::Measured;
use super::numbers::{big, little, place};

const WIDTH: u64 = 0x100;
const HEIGHT: u64 = 0x101;
const ORIENTATION: u64 = 0x112;

/// The most entries that are read of all directories together: they may lie one over the other, so that a file has many more than bytes.
const MOST_ENTRIES: usize = 1_000_000;

/// Reads numbers in the order of bytes that the file has.
type Read = fn(&[u8], usize, usize) -> Option<u64>;

/// What is said in one directory.
#[derive(Default)]
struct Page {
    width: u64,
    height: u64,
    orientation: u64,
}

pub(super) fn measure(bytes: &[u8], most: u64) -> Option<Measured> {
    let mut extent = Extent { width: 0, height: 0 };
    let (mut frames, mut turned) = (0, false);
    let (mut seen, mut left) = (HashSet::new(), MOST_ENTRIES);
    let read = order(bytes)?;
    let mut next = read(bytes, 4, 4).and_then(place)?;
    // Directories that lead back to one before would have no end.
    while next != 0 && frames <= most && seen.insert(next) {
        let Some(entries) = entries(bytes, next, read) else { break };
        left = left.checked_sub(entries)?;
        let Some((page, after)) = directory(bytes, next, entries, read) else { break };
        // Any page may be asked for, and each without extent is none.
        Measured::still(page.width, page.height)?;
        extent = extent.or_larger(Extent { width: page.width, height: page.height });
        turned |= (5..=8).contains(&page.orientation);
        frames += 1;
        next = after;
    }
    let still = Measured::still(extent.width, extent.height)?;
    Some(Measured { frames, turned, ..still })
}

/// Whether Exif says that the picture lies on its side.
pub(super) fn is_turned(exif: &[u8]) -> bool {
    let first = || {
        let read = order(exif)?;
        let at = read(exif, 4, 4).and_then(place)?;
        directory(exif, at, entries(exif, at, read)?, read)
    };
    first().is_some_and(|(page, _)| (5..=8).contains(&page.orientation))
}

fn order(bytes: &[u8]) -> Option<Read> {
    match bytes.get(..4)? {
        b"II*\0" => Some(little),
        b"MM\0*" => Some(big),
        _ => None,
    }
}

/// How many entries the directory at `at` has.
fn entries(bytes: &[u8], at: usize, read: Read) -> Option<usize> {
    read(bytes, at, 2).and_then(place)
}

/// The directory at `at`, of so many entries, and where the next one is. Of a tag that comes twice, the larger value counts.
fn directory(bytes: &[u8], at: usize, entries: usize, read: Read) -> Option<(Page, usize)> {
    let mut page = Page::default();
    for index in 0..entries {
        let entry = at.checked_add(2 + 12 * index)?;
        let (tag, kind) = (read(bytes, entry, 2)?, read(bytes, entry + 2, 2)?);
        // Others have their value elsewhere, where a decoder may read another one.
        if matches!(tag, WIDTH | HEIGHT) && !(matches!(kind, 1 | 3 | 4) && read(bytes, entry + 4, 4)? == 1) {
            return None;
        }
        let value = match kind {
            1 | 6 => read(bytes, entry + 8, 1)?,
            3 | 8 => read(bytes, entry + 8, 2)?,
            _ => read(bytes, entry + 8, 4)?,
        };
        match tag {
            WIDTH => page.width = page.width.max(value),
            HEIGHT => page.height = page.height.max(value),
            ORIENTATION => page.orientation = page.orientation.max(value),
            _ => {}
        }
    }
    let next = read(bytes, at.checked_add(2 + 12 * entries)?, 4).and_then(place).unwrap_or(0);
    Some((page, next))
}
