//! Numbers at places of bytes; `None` where those end before.

/// Most significant byte first.
pub(super) fn big(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let number = bytes.get(at..at.checked_add(width)?)?;
    Some(number.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Least significant byte first.
pub(super) fn little(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let number = bytes.get(at..at.checked_add(width)?)?;
    Some(number.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// A number as a place.
pub(super) fn place(value: u64) -> Option<usize> {
    usize::try_from(value).ok()
}
