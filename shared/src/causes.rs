//! What lies behind an error.

use std::error::Error;

/// The errors that caused `error`, the nearest first, each in its own words; `error` itself is left out. An HTTP client's own error names
/// the URL, whose query may hold secrets; what caused it does not.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(error.source(), |cause| (*cause).source()).map(ToString::to_string).collect()
}
