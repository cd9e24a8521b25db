//! How a source is, and whether it is refused.

use imcaxy_shared::entry::{Source, SourceRef, SourceState};
use imcaxy_shared::time::Timestamp;

use crate::App;

/// What is refused is so, whatever else it is.
pub(super) fn of(app: &App, source: &Source, now: Timestamp) -> SourceState {
    let named = SourceRef::from(source);
    if app.blocks.against([&named]).is_some() { SourceState::Blocked } else { source.state(now) }
}
